//! The event loop: keys, signals, loading threads and the worker all report to one channel.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::terminal::size;
use ratatui::layout::Size;

use super::background::{AnswerReader, Background, QUERY, Sorted};
use super::pager::{KeyPause, Pager};
use super::screen::{Due, LoopRequest, Screen};
use super::terminal::{self, Guard};
use super::timings::{FrameCause, Timings};
use super::{ImageOpener, Loading, Message, ScreenError, ScreenOptions};
use crate::image::{Cancel, CancelOnDrop};
use crate::tui::widgets::layout::Split;
use crate::tui::work::{BackgroundTask, Job, JobResult, PagedText, ViewCache};

/// The interval between two frames that only show progress.
const PROGRESS: Duration = Duration::from_millis(50);
/// How long a frame waits for a result on its way, so that a list does not flash empty.
const PATIENCE: Duration = Duration::from_millis(10);
/// The interval between two looks at whether the pager has ended.
const PAGER: Duration = Duration::from_millis(20);
/// However many events are pending, a frame that is this late is drawn first.
const LATE: Duration = Duration::from_millis(30);

enum AppEvent {
    /// Something about the image that was open when it happened.
    OfImage(Cancel, Box<AppEvent>),
    /// With the time of its arrival.
    Event(Event, Instant),
    Message(Message),
    /// The terminal says what its background is.
    Background(Background),
    Result(JobResult),
    #[cfg(unix)]
    Signal(i32),
    /// No more messages will come.
    LoadingOver,
    Broken(ScreenError),
}

/// Shows the screen until it is left. Returns where the borders are when the user quits. A line for every frame is
/// written to `timings`: its cause, and microseconds from that to the finished frame, for updating, for drawing.
///
/// # Errors
/// If the terminal cannot be used, if loading fails, or if a signal arrives; the terminal is restored first.
pub fn run(
    loading: Loading,
    options: ScreenOptions,
    timings: Option<Box<dyn Write + Send>>,
    opener: &dyn ImageOpener,
) -> Result<Split, ScreenError> {
    let timings = Timings::new(timings);
    let (sender, events) = channel();
    let of_image = Outlet { sender: sender.clone(), image: loading.cancel.clone() };
    let mut guard = Guard::enter(options.preferences.mouse)?;
    let pause = KeyPause::default();
    #[cfg(unix)]
    let _signals = watch_signals(sender.clone())?;
    let (width, height) = size()?;
    let asks = options.by_background.is_some();
    let mut looped = Loop {
        screen: Screen::new(options, Size { width, height }),
        jobs: start_worker(of_image.clone()),
        events: of_image.clone(),
        image: CancelOnDrop(loading.cancel),
        opener,
        reopening: None,
        pause: pause.clone(),
        next: VecDeque::new(),
        due: Some(Instant::now()),
        drawn: Instant::now(),
        complete: false,
        timings,
    };
    looped.draw(&mut guard)?;
    watch_messages(loading.messages, of_image);
    let asked = if asks {
        guard.ask(QUERY)?;
        Some(Instant::now())
    } else {
        None
    };
    watch_keys(sender, asked, pause);
    looped.run(&mut guard, &events)?;
    Ok(looped.screen.split())
}

struct Loop<'a> {
    screen: Screen,
    jobs: Sender<Job>,
    events: Outlet,
    /// Cancelled when another image is opened.
    image: CancelOnDrop,
    opener: &'a dyn ImageOpener,
    /// Cancelled when it is not to replace the image any more.
    reopening: Option<CancelOnDrop>,
    pause: KeyPause,
    /// What came while keys were typed ahead, or while a pager had the terminal.
    next: VecDeque<AppEvent>,
    /// When the next frame is due; `None` while there is nothing new.
    due: Option<Instant>,
    drawn: Instant,
    /// Whether the loading threads have reported everything.
    complete: bool,
    timings: Timings,
}

impl Loop<'_> {
    fn run(&mut self, guard: &mut Guard, events: &Receiver<AppEvent>) -> Result<(), ScreenError> {
        loop {
            let now = Instant::now();
            let late = self.due.is_some_and(|due| now >= due + LATE);
            let wake = self.due.into_iter().chain(self.screen.notice_ends()).min();
            let event = match wake {
                _ if late => None,
                _ if !self.next.is_empty() => self.next.pop_front(),
                None => Some(events.recv().map_err(|_| ScreenError::Gone)?),
                Some(due) => match events.recv_timeout(due.saturating_duration_since(now)) {
                    Ok(event) => Some(event),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return Err(ScreenError::Gone),
                },
            };
            if !terminal::is_taken() {
                return Err(ScreenError::Gone);
            }
            match event {
                None => {
                    self.screen.end_notice(Instant::now());
                    self.draw(guard)?;
                    self.due = None;
                }
                Some(event) => {
                    let event = self.type_ahead(event, events);
                    self.handle(guard, event)?;
                    match self.screen.take_request() {
                        Some(LoopRequest::Quit) => return Ok(()),
                        Some(LoopRequest::Fail(why)) => return Err(ScreenError::Failed(why)),
                        Some(LoopRequest::Suspend) => self.suspend(guard)?,
                        Some(LoopRequest::Copy(text)) => guard.copy(&text)?,
                        Some(LoopRequest::OpenImages(images)) => self.begin_again(&images),
                        Some(LoopRequest::Reopen) => self.reopen(),
                        Some(LoopRequest::Page(text)) => self.page(guard, events, text)?,
                        None => {}
                    }
                }
            }
        }
    }

    /// Of keys that wait one after another for a filter, the last.
    fn type_ahead(&mut self, mut event: AppEvent, events: &Receiver<AppEvent>) -> AppEvent {
        while matches!(event, AppEvent::Event(Event::Key(_), _)) {
            match self.next.pop_front().map_or_else(|| events.try_recv(), Ok) {
                Ok(next @ AppEvent::Event(Event::Key(_), _)) => match &event {
                    AppEvent::Event(key, _) if self.screen.type_ahead(key) => event = next,
                    _ => {
                        self.next.push_front(next);
                        break;
                    }
                },
                next => {
                    if let Ok(next) = next {
                        self.next.push_front(next);
                    }
                    break;
                }
            }
        }
        event
    }

    fn draw(&mut self, guard: &mut Guard) -> Result<(), ScreenError> {
        let begun = Instant::now();
        guard.draw(&self.screen)?;
        self.timings.drawn(begun);
        self.drawn = Instant::now();
        Ok(())
    }

    #[cfg_attr(not(unix), expect(unused_variables, reason = "only signals take the terminal again"))]
    fn handle(&mut self, guard: &mut Guard, event: AppEvent) -> Result<(), ScreenError> {
        let event = match event {
            AppEvent::OfImage(image, _) if image.is_cancelled() => return Ok(()),
            AppEvent::OfImage(image, event) if image.is_same(&self.events.image) => *event,
            event => event,
        };
        let taken = Instant::now();
        let (cause, begun) = (event.name(), event.begun().unwrap_or(taken));
        let due = match event {
            AppEvent::Event(event, _) => self.screen.handle(&event),
            AppEvent::Message(message) => {
                self.complete |= match &message {
                    Message::Ready { analysis, .. } | Message::Compared(analysis) => analysis.compared,
                    // The screen then asks for an image, or ends.
                    Message::Images { ask, .. } => ask.is_some(),
                    Message::Failed(_) => true,
                    _ => false,
                };
                self.screen.message(message)
            }
            AppEvent::Background(background) => self.screen.adapt(background),
            AppEvent::Result(result) => self.screen.receive(result),
            AppEvent::LoadingOver if self.complete => Due::Never,
            AppEvent::LoadingOver => return Err(ScreenError::Gone),
            AppEvent::Broken(error) => return Err(error),
            // Of the image that replaces this one.
            AppEvent::OfImage(_, event) => self.screen.message_of_reopening(match *event {
                AppEvent::Message(message) => Some(message),
                _ => None,
            }),
            #[cfg(unix)]
            AppEvent::Signal(signal_hook::consts::SIGTSTP) => {
                self.suspend(guard)?;
                Due::Now
            }
            #[cfg(unix)]
            AppEvent::Signal(signal_hook::consts::SIGCONT) => {
                guard.enter_again()?;
                Due::Now
            }
            // The thread that reads keys reports this too, but only once it has started reading.
            #[cfg(unix)]
            AppEvent::Signal(signal_hook::consts::SIGWINCH) => {
                let (width, height) = size()?;
                self.screen.handle(&Event::Resize(width, height))
            }
            #[cfg(unix)]
            AppEvent::Signal(signal) => return Err(ScreenError::Signal(signal)),
        };
        self.adopt_reopened();
        for job in self.screen.take_jobs() {
            match job {
                Job::Background(work) => start_background(work, self.events.clone()),
                job @ Job::Queued { .. } => self.jobs.send(job).map_err(|_| ScreenError::Gone)?,
            }
        }
        let now = Instant::now();
        if due != Due::Never {
            self.timings.happened(cause, begun, taken);
        }
        let at = match due {
            Due::Never => return Ok(()),
            Due::Soon => now.max(self.drawn + PROGRESS),
            Due::Now if self.screen.is_waiting() => now + PATIENCE,
            Due::Now => now,
        };
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
        Ok(())
    }

    /// Opens another image of the archive. Whatever belongs to the last one is cancelled and no longer counts.
    fn begin_again(&mut self, images: &[usize]) {
        let Some(opening) = self.opener.open(images) else { return };
        self.reopening = None;
        self.events.image = opening.loading.cancel.clone();
        self.image = CancelOnDrop(opening.loading.cancel);
        self.jobs = start_worker(self.events.clone());
        self.screen.begin_again(opening.opened);
        self.complete = false;
        self.due = Some(Instant::now());
        watch_messages(opening.loading.messages, self.events.clone());
    }

    /// Opens the image again; the one that is shown stays until then.
    fn reopen(&mut self) {
        self.due = Some(Instant::now());
        let opening = match self.opener.reopen() {
            Ok(opening) => opening,
            Err(why) => return self.screen.say(why),
        };
        let cancel = opening.loading.cancel;
        watch_messages(opening.loading.messages, Outlet { image: cancel.clone(), ..self.events.clone() });
        self.reopening = Some(CancelOnDrop(cancel));
        self.screen.begin_reopening(opening.opened);
    }

    /// Replaces the image by the one that was opened again, once that is read.
    fn adopt_reopened(&mut self) {
        if !self.screen.is_reopening() {
            self.reopening = None;
        }
        if self.reopening.is_some()
            && self.screen.take_reopened()
            && let Some(image) = self.reopening.take()
        {
            self.opener.adopt();
            self.events.image = image.0.clone();
            self.image = image;
            self.jobs = start_worker(self.events.clone());
            self.complete = true;
        }
    }

    /// Gives the terminal to the pager until that ends. What happens meanwhile, happens after it.
    fn page(&mut self, guard: &mut Guard, events: &Receiver<AppEvent>, text: PagedText) -> Result<(), ScreenError> {
        self.pause.begin();
        terminal::give_back();
        let ended = match Pager::start(self.screen.pager(), text) {
            Ok(pager) => self.wait_for(pager, events),
            Err(why) => Ok(Err(why)),
        };
        // The terminal stays as it is if a signal ended the program.
        let ended = ended?;
        guard.enter_again()?;
        self.pause.end();
        let (width, height) = size()?;
        self.screen.handle(&Event::Resize(width, height));
        if let Err(why) = ended {
            self.screen.say(why);
        }
        self.due = Some(Instant::now());
        Ok(())
    }

    /// Waits until the pager has ended; the inner error is a sentence about that.
    fn wait_for(&mut self, mut pager: Pager, events: &Receiver<AppEvent>) -> Result<Result<(), String>, ScreenError> {
        #[cfg(unix)]
        use signal_hook::consts::{SIGCONT, SIGINT, SIGQUIT, SIGTSTP, SIGWINCH};
        loop {
            if let Some(ended) = pager.ended() {
                return Ok(ended);
            }
            match events.recv_timeout(PAGER) {
                #[cfg(unix)]
                Ok(AppEvent::Signal(signal)) => match signal {
                    // Keys of the pager send some of these to every program on the terminal.
                    SIGINT | SIGQUIT | SIGWINCH | SIGCONT => {}
                    SIGTSTP => signal_hook::low_level::emulate_default_handler(signal)?,
                    ends => {
                        pager.stop();
                        return Err(ScreenError::Signal(ends));
                    }
                },
                Ok(event) => self.next.push_back(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(ScreenError::Gone),
            }
        }
    }

    /// Restores the terminal, suspends until the program is resumed, and takes the terminal again.
    #[cfg_attr(
        not(unix),
        expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "suspending is not supported here")
    )]
    fn suspend(&mut self, guard: &mut Guard) -> Result<(), ScreenError> {
        #[cfg(unix)]
        {
            terminal::give_back();
            signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
            guard.enter_again()?;
            let (width, height) = size()?;
            self.screen.handle(&Event::Resize(width, height));
            self.due = Some(Instant::now());
        }
        #[cfg(not(unix))]
        let _ = guard;
        Ok(())
    }
}

/// How often the thread that reads keys looks whether it should pause.
const PAUSE_SEEN_WITHIN: Duration = Duration::from_millis(100);

/// Passes keys on; what the terminal answers to the question that was `asked` is told from them.
fn watch_keys(sender: Sender<AppEvent>, asked: Option<Instant>, pause: KeyPause) {
    thread::spawn(move || {
        let mut reader = asked.map(AnswerReader::new);
        loop {
            pause.wait();
            // Where nothing else ends a read, it is not begun before there is something to read.
            if cfg!(not(unix)) && matches!(event::poll(PAUSE_SEEN_WITHIN), Ok(false)) {
                continue;
            }
            let (event, now) = match event::read() {
                Ok(event) => (event, Instant::now()),
                Err(error) => {
                    // If nobody listens any more, nobody needs to know.
                    let _ = sender.send(AppEvent::Broken(error.into()));
                    return;
                }
            };
            let sorted = match &mut reader {
                Some(reader) => reader.sort(event, now),
                None => Sorted::Events(vec![event]),
            };
            let events = match sorted {
                Sorted::Events(events) => events.into_iter().map(|event| AppEvent::Event(event, now)).collect(),
                Sorted::Answer(background) => vec![AppEvent::Background(background)],
            };
            for event in events {
                if sender.send(event).is_err() {
                    return;
                }
            }
        }
    });
}

/// Where the threads of one image report to. What they report after another one was opened is left out.
#[derive(Clone)]
struct Outlet {
    sender: Sender<AppEvent>,
    image: Cancel,
}

impl Outlet {
    /// Reports something; returns whether it is still wanted.
    fn send(&self, event: AppEvent) -> bool {
        let event = AppEvent::OfImage(self.image.clone(), Box::new(event));
        !self.image.is_cancelled() && self.sender.send(event).is_ok()
    }
}

/// Passes messages on. Once they are not wanted any more, nobody receives them, and that cancels loading.
fn watch_messages(messages: Receiver<Message>, outlet: Outlet) {
    thread::spawn(move || {
        for message in messages {
            if !outlet.send(AppEvent::Message(message)) {
                return;
            }
        }
        outlet.send(AppEvent::LoadingOver);
    });
}

/// Stops listening when dropped.
#[cfg(unix)]
struct Signals(signal_hook::iterator::Handle);

#[cfg(unix)]
impl Drop for Signals {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(unix)]
fn watch_signals(sender: Sender<AppEvent>) -> Result<Signals, ScreenError> {
    use signal_hook::consts::{
        SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH,
        SIGXCPU, SIGXFSZ,
    };
    // All that would end the program on the spot.
    let ends = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGXFSZ];
    let others = [SIGTSTP, SIGCONT, SIGWINCH];
    let mut signals = signal_hook::iterator::Signals::new(ends.iter().chain(&others))?;
    let handle = signals.handle();
    thread::spawn(move || {
        for signal in &mut signals {
            if sender.send(AppEvent::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(Signals(handle))
}

/// Reports to the loop if its thread panics, so that the loop does not wait for an answer that never comes.
struct PanicReporter(Outlet);

impl Drop for PanicReporter {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.send(AppEvent::Broken(ScreenError::Gone));
        }
    }
}

fn start_worker(outlet: Outlet) -> Sender<Job> {
    let (jobs, waiting) = channel::<Job>();
    thread::spawn(move || {
        let alarm = PanicReporter(outlet);
        let mut views = ViewCache::default();
        while let Ok(first) = waiting.recv() {
            // Of waiting jobs of one kind, only the last is still wanted.
            let mut wanted: Vec<Job> = Vec::new();
            for job in std::iter::once(first).chain(waiting.try_iter()) {
                match wanted.iter_mut().find(|waiting| waiting.is_replaced_by(&job)) {
                    Some(waiting) => *waiting = job,
                    None => wanted.push(job),
                }
            }
            for job in wanted {
                // If there is no receiver any more, nothing more is requested either.
                views.run(job, &mut |result| {
                    alarm.0.send(AppEvent::Result(result));
                });
            }
        }
    });
    jobs
}

fn start_background(work: BackgroundTask, outlet: Outlet) {
    thread::spawn(move || {
        let alarm = PanicReporter(outlet);
        work(&mut |result| {
            alarm.0.send(AppEvent::Result(result));
        });
    });
}

impl AppEvent {
    /// The name for the timings.
    fn name(&self) -> FrameCause {
        match self {
            Self::Event(Event::Key(key), _) => FrameCause::Key((*key).into()),
            Self::Event(Event::Mouse(_), _) => FrameCause::Other("mouse"),
            Self::Event(Event::Paste(_), _) => FrameCause::Other("paste"),
            Self::Event(..) => FrameCause::Other("resize"),
            Self::Message(Message::Progress(_)) => FrameCause::Other("progress"),
            Self::Message(Message::Images { .. }) => FrameCause::Other("images"),
            Self::Message(Message::Exporting(_) | Message::ExportingAgain(_)) => FrameCause::Other("exporting"),
            Self::Message(Message::Opened { .. }) => FrameCause::Other("opened"),
            Self::Message(Message::Ready { .. }) => FrameCause::Other("ready"),
            Self::Message(Message::Tour(_)) => FrameCause::Other("tour"),
            Self::Message(Message::Compared(_)) => FrameCause::Other("compared"),
            Self::Message(Message::Pair(_)) => FrameCause::Other("comparison"),
            Self::Message(Message::Failed(_)) | Self::LoadingOver | Self::Broken(_) => FrameCause::Other("end"),
            Self::Background(_) => FrameCause::Other("background"),
            Self::Result(_) => FrameCause::Other("worked out"),
            Self::OfImage(_, event) => event.name(),
            #[cfg(unix)]
            Self::Signal(_) => FrameCause::Other("signal"),
        }
    }

    /// When it happened, if that was before it was handled.
    fn begun(&self) -> Option<Instant> {
        match self {
            Self::Event(_, begun) => Some(*begun),
            _ => None,
        }
    }
}
