"use strict";
// Everything that comes from the image is set as text, never as markup. What is sorted by and looked at stands in the
// address behind the #, so that a link leads to it: #sort=waste.bytes.desc&zoom=usr/lib
addEventListener("error", () => { document.documentElement.dataset.error = "1"; });
(() => {
  const ACCOUNTS = ["live", "overwritten", "rewritten", "removed"];
  const TILES = 150;
  const DEPTH = 5;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);

  // ---- words ----

  const bytes = (size) => {
    if (size < 1000) return `${size} B`;
    let unit = -1;
    let value = size;
    do { value /= 1000; unit += 1; } while (value >= 999.5 && unit < 5);
    return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${["kB", "MB", "GB", "TB", "PB", "EB"][unit]}`;
  };
  // As the program itself does: what is invisible or turns the direction of text is shown as an escape.
  const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;
  const tame = (text) => text.replace(INVISIBLE, (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`);
  const make = (tag, words, className) => {
    const element = document.createElement(tag);
    if (words !== undefined) element.textContent = words;
    if (className) element.className = className;
    return element;
  };

  // ---- the address ----

  // Without `=` it is the place of a heading.
  const state = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const remember = (key, value) => {
    const now = state();
    if (value) now.set(key, value); else now.delete(key);
    const text = [...now].map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll("%2F", "/")}`).join("&");
    history.replaceState(null, "", `#${text}`);
  };

  // ---- tables that sort ----

  const value = (cell) => (cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v));
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  const sort = (table, key, descending) => {
    const heads = [...table.tHead.rows[0].cells];
    const at = heads.findIndex((head) => head.dataset.key === key);
    if (at < 0) return;
    const rows = [...table.tBodies[0].rows];
    const keyed = rows.map((row) => [value(row.cells[at]), row]);
    keyed.sort((a, b) => (descending ? compare(b[0], a[0]) : compare(a[0], b[0])));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[at].setAttribute("aria-sort", descending ? "descending" : "ascending");
  };
  const tables = [...document.querySelectorAll("table[id]")].filter((table) => table.tHead);
  for (const table of tables) {
    for (const head of table.tHead.querySelectorAll("th[data-key]")) {
      const button = make("button", head.textContent);
      button.type = "button";
      button.addEventListener("click", () => {
        const known = head.getAttribute("aria-sort");
        const descending = known ? known === "ascending" : head.classList.contains("n");
        sort(table, head.dataset.key, descending);
        remember("sort", `${table.id}.${head.dataset.key}.${descending ? "desc" : "asc"}`);
      });
      head.replaceChildren(button);
      // On paper, Chromium repeats no heading that holds a button.
      addEventListener("beforeprint", () => head.replaceChildren(button.textContent));
      addEventListener("afterprint", () => head.replaceChildren(button));
    }
  }

  // ---- the map ----

  const size = (place) => ACCOUNTS.reduce((sum, account) => sum + place[`${account}_bytes`], 0);
  const places = data.tree.map((place, at) => ({ ...place, at, bytes: size(place), children: [] }));
  for (const place of places) {
    place.shown = place.parent === null ? "/" : tame(place.name);
    if (place.parent !== null) places[place.parent].children.push(place);
  }
  // What is too small to be in the list itself.
  for (const place of places.filter((place) => place.folder)) {
    const rest = { name: "", shown: "smaller files", parent: place.at, folder: false, children: [] };
    for (const account of ACCOUNTS.map((account) => `${account}_bytes`)) {
      rest[account] = place[account] - place.children.reduce((sum, child) => sum + child[account], 0);
    }
    rest.bytes = size(rest);
    place.parts = rest.bytes > 0 && (place.children.length > 0 || place.parent === null) ? [...place.children, rest] : place.children;
  }
  const way = (place) => (place.parent === null ? [place] : [...way(places[place.parent]), place]);
  const path = (place) => way(place).slice(1).map((step) => step.name).join("/");
  const at = (text) => text.split("/").filter(Boolean).reduce(
    (place, name) => place && place.children.find((child) => child.name === name && child.folder), places[0]);
  const said = (place) => {
    const parts = ACCOUNTS.filter((account) => place[`${account}_bytes`] > 0).map((account) => `${account} ${bytes(place[`${account}_bytes`])}`);
    return `${place.shown}${place.folder ? "/" : ""}: ${bytes(place.bytes)} (${parts.join(", ")})`;
  };
  const colours = (place) => {
    let from = 0;
    const stops = ACCOUNTS.filter((account) => place[`${account}_bytes`] > 0).map((account) => {
      const begin = from;
      from += 100 * place[`${account}_bytes`] / place.bytes;
      return `var(--${account}) ${begin}% ${from}%`;
    });
    return `linear-gradient(90deg, ${stops.join(", ")})`;
  };

  // Squarified (Bruls, Huizing, van Wijk): rows along the shorter side, as long as that makes the tiles less oblong.
  const squarify = (items, box, draw) => {
    let { x, y, width, height } = box;
    let left = items.reduce((sum, item) => sum + item.bytes, 0);
    let first = 0;
    while (first < items.length && left > 0 && width > 0 && height > 0) {
      const side = Math.min(width, height);
      const scale = (width * height) / left;
      const worst = (sum, most, least) => Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
      let end = first;
      let sum = 0;
      let best = Infinity;
      while (end < items.length) {
        const next = (sum + items[end].bytes) * scale;
        const ratio = worst(next, items[first].bytes * scale, items[end].bytes * scale);
        if (ratio > best) break;
        best = ratio;
        sum += items[end].bytes;
        end += 1;
      }
      const thick = (sum * scale) / side;
      let along = 0;
      for (const item of items.slice(first, end)) {
        const long = (item.bytes * scale) / thick;
        draw(item, width >= height ? { x, y: y + along, width: thick, height: long } : { x: x + along, y, width: long, height: thick });
        along += long;
      }
      if (width >= height) { x += thick; width -= thick; } else { y += thick; height -= thick; }
      left -= sum;
      first = end;
    }
  };
  // Across in parts of what it lies in, so that a narrower sheet of paper shows all of it.
  const lay = (element, box, across) => {
    element.style.left = `${(100 * box.x) / across}%`;
    element.style.top = `${box.y}px`;
    element.style.width = `${(100 * Math.max(0, box.width)) / across}%`;
    element.style.height = `${Math.max(0, box.height)}px`;
  };
  const largest = (place) => [...place.parts].sort((a, b) => b.bytes - a.bytes).slice(0, TILES).filter((part) => part.bytes > 0);

  // A pointer opens the innermost folder that it is on.
  const shown = new WeakMap();
  const hit = (element, outermost) => {
    let place = shown.get(element.closest(".tile"));
    while (place && !(place.folder && place.parts.length > 0)) place = places[place.parent];
    return place || outermost;
  };
  // What is in a folder, as far as there is room to see it; only the outermost tiles are for the keyboard.
  const fill = (tile, place, box, depth) => {
    if (!place.folder || place.parts.length === 0 || depth > DEPTH || box.width < 60 || box.height < 44) {
      tile.style.background = colours(place);
      return;
    }
    tile.classList.add("folder");
    squarify(largest(place), { x: 2, y: 18, width: box.width - 6, height: box.height - 22 }, (part, inside) => {
      if (inside.width < 2 || inside.height < 2) return;
      const piece = make("span", undefined, "tile");
      if (inside.width > 40 && inside.height > 18) piece.append(make("span", `${part.shown}${part.folder ? "/" : ""}`, "name"));
      piece.setAttribute("aria-hidden", "true");
      piece.title = said(part);
      shown.set(piece, part);
      lay(piece, inside, box.width - 2);
      fill(piece, part, inside, depth + 1);
      tile.append(piece);
    });
  };

  const map = byId("map");
  const crumbs = byId("crumbs");
  let current = places[0];
  const draw = () => {
    const box = { x: 0, y: 0, width: map.clientWidth, height: map.clientHeight };
    const tiles = [];
    squarify(largest(current), box, (place, at) => {
      const open = place.folder && place.parts.length > 0;
      const tile = make("button", undefined, "tile");
      tile.type = "button";
      tile.title = said(place);
      tile.setAttribute("aria-label", open ? `${said(place)}, open` : said(place));
      tile.tabIndex = tiles.length > 0 ? -1 : 0;
      lay(tile, at, box.width);
      if (at.width > 30 && at.height > 16) tile.append(make("span", `${place.shown}${place.folder ? "/" : ""} ${bytes(place.bytes)}`, "name"));
      fill(tile, place, at, 1);
      if (open) tile.addEventListener("click", (event) => go(hit(event.target, place), true)); else tile.setAttribute("aria-disabled", "true");
      shown.set(tile, place);
      tiles.push(tile);
    });
    map.replaceChildren(...tiles);
  };
  const step = (place) => {
    const words = place.parent === null ? "/" : `${place.shown}/`;
    if (place === current) {
      const here = make("span", words);
      here.setAttribute("aria-current", "true");
      return here;
    }
    const button = make("button", words);
    button.type = "button";
    button.addEventListener("click", () => go(place, true));
    return button;
  };
  const row = (place) => {
    const line = make("tr");
    const name = make("th", undefined, "text");
    name.scope = "row";
    if (place.folder && place.parts.length > 0) {
      const button = make("button", `${place.shown}/`);
      button.type = "button";
      button.addEventListener("click", () => go(place, true));
      name.append(button);
    } else {
      name.textContent = `${place.shown}${place.folder ? "/" : ""}`;
    }
    line.append(name);
    for (const number of [place.bytes, ...ACCOUNTS.map((account) => place[`${account}_bytes`])]) {
      const cell = make("td", number > 0 ? bytes(number) : "", "n");
      cell.dataset.v = number;
      line.append(cell);
    }
    return line;
  };
  const go = (place, asked) => {
    const came = way(current);
    current = place;
    crumbs.replaceChildren(...way(place).map(step));
    byId("folder").textContent = `/${tame(path(place))}`;
    const table = byId("places");
    table.tBodies[0].replaceChildren(...[...place.parts].sort((a, b) => b.bytes - a.bytes).map(row));
    const sorted = table.tHead.querySelector("[aria-sort]");
    if (sorted) sort(table, sorted.dataset.key, sorted.getAttribute("aria-sort") === "descending");
    draw();
    if (asked) {
      remember("zoom", path(place));
      // On the way up, where it came from.
      const tile = [...map.children].find((tile) => came.includes(shown.get(tile))) || map.firstElementChild;
      if (tile) focus(tile);
    }
  };
  // The map is one stop of the tab key; an arrow goes to the nearest tile on its side.
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const beside = (tile, [right, down]) => {
    const middle = (tile) => [tile.offsetLeft + tile.offsetWidth / 2, tile.offsetTop + tile.offsetHeight / 2];
    const [x, y] = middle(tile);
    let best = tile;
    let least = Infinity;
    for (const other of map.children) {
      const [a, b] = middle(other);
      const ahead = (a - x) * right + (b - y) * down;
      const far = ahead + 2 * Math.abs((a - x) * down + (b - y) * right);
      if (ahead > 1 && far < least) { best = other; least = far; }
    }
    return best;
  };
  const focus = (tile) => {
    for (const other of map.children) other.tabIndex = other === tile ? 0 : -1;
    tile.focus();
  };
  map.addEventListener("keydown", (event) => {
    if (ARROWS[event.key] && event.target.parentNode === map) {
      event.preventDefault();
      focus(beside(event.target, ARROWS[event.key]));
    }
    if ((event.key === "Escape" || event.key === "Backspace") && current.parent !== null) {
      event.preventDefault();
      go(places[current.parent], true);
    }
  });
  if (places[0].bytes > 0) {
    map.hidden = crumbs.hidden = false;
    addEventListener("resize", draw);
  }

  // ---- from the address ----

  const follow = () => {
    const asked = state();
    const [table, key, order] = (asked.get("sort") || "").split(".");
    const sorted = tables.find((known) => known.id === table);
    if (sorted && key) sort(sorted, key, order !== "asc");
    if (places[0].bytes > 0) go(at(asked.get("zoom") || "") || places[0], false);
  };
  addEventListener("hashchange", () => { if (location.hash === "" || location.hash.includes("=")) follow(); });
  follow();
  document.documentElement.dataset.ready = "1";
})();
