package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"strconv"
	"strings"
)

// A maker writes one random tar. Most of it is sound, so that the walk gets far enough to meet what is not.
type maker struct {
	*rand.Rand
	out bytes.Buffer
	// How often a field is malformed, in 1 of so many.
	faults int
}

func generate(seed int64) []byte {
	m := &maker{Rand: rand.New(rand.NewSource(seed))}
	m.faults = []int{1 << 30, 400, 80, 15}[m.Intn(4)]
	for n := m.Intn(5); n >= 0; n-- {
		m.member()
	}
	m.end()
	tar := m.out.Bytes()
	switch {
	case m.one(12):
		tar = tar[:m.Intn(len(tar)+1)]
	case m.one(25):
		// A flipped bit anywhere.
		if len(tar) > 0 {
			tar[m.Intn(len(tar))] ^= 1 << m.Intn(8)
		}
	}
	return tar
}

func (m *maker) one(of int) bool { return m.Intn(of) == 0 }
func (m *maker) fault() bool     { return m.one(m.faults) }

func (m *maker) pick(of ...string) string { return of[m.Intn(len(of))] }

func (m *maker) pad() {
	if rest := m.out.Len() % 512; rest > 0 {
		m.out.Write(make([]byte, 512-rest))
	}
}

func (m *maker) name(most int) string {
	n := 1 + m.Intn(12)
	switch {
	case m.one(8):
		n = most
	case m.one(8):
		n = m.Intn(most + 1)
	}
	alphabet := m.pick("ab/", "abcdefgh.", "a/.", "ü/a", "\xff\xfea/", "a b\t/")
	name := make([]byte, n)
	for i := range name {
		name[i] = alphabet[m.Intn(len(alphabet))]
	}
	if n > 0 && m.one(6) {
		name[n-1] = '/'
	}
	if n > 1 && m.one(40) {
		name[n/2] = 0
	}
	return string(name)
}

// number writes a number into a field, in one of the many ways.
func (m *maker) number(field []byte, value int64) {
	for i := range field {
		field[i] = 0
	}
	octal := strconv.FormatUint(uint64(value), 8)
	switch {
	case m.fault():
		copy(field, m.pick("zzz", "9", "-1", "+7", "0x1", "1 2", "1\x00 2", "1 \x002", " 1\x00z", "1_0", "7777777777777777",
			"\x80\x00\x00\x00\xff", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\x00", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
			"\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff", "\x80\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00", "\xbf", "\xc0"))
	case value < 0 || len(octal) > len(field) || m.one(10):
		x := uint64(value)
		for i := len(field) - 1; i >= 0; i-- {
			field[i] = byte(x)
			x = uint64(int64(x) >> 8)
		}
		field[0] |= 0x80
	case m.one(10):
		copy(field, strings.Repeat(" ", len(field)-len(octal))+octal)
	case m.one(10):
		copy(field[len(field)-len(octal):], octal)
	case m.one(10):
		copy(field, octal)
	case m.one(10) && value == 0:
	case len(octal) == len(field) || m.one(15):
		copy(field, strings.Repeat("0", len(field)-len(octal))+octal)
	default:
		copy(field, strings.Repeat("0", len(field)-1-len(octal))+octal)
	}
}

func (m *maker) header(name string, flag byte, size int64, dialect int, edit func([]byte)) {
	b := make([]byte, 512)
	copy(b[:100], name)
	m.number(b[100:108], []int64{0o644, 0o755, 0o40755, 0o4755, 0o100644, -1}[m.Intn(5+m.Intn(2))])
	m.number(b[108:116], []int64{0, 1, 1000, 0o7777777, 1 << 40, -1}[m.Intn(4+m.Intn(3))])
	m.number(b[116:124], []int64{0, 1, 1000, 0o7777777, 1 << 40, -2}[m.Intn(4+m.Intn(3))])
	m.number(b[124:136], size)
	m.number(b[136:148], []int64{0, 1, 1700000000, 1 << 33, 1 << 40, -1, -86400}[m.Intn(4+m.Intn(4))])
	b[156] = flag
	if strings.IndexByte("12", flag) >= 0 || m.one(10) {
		copy(b[157:257], m.name(100))
	}
	devices := func() {
		m.number(b[329:337], int64(m.Intn(300)))
		m.number(b[337:345], []int64{0, 3, 255, 1 << 20, 1 << 40}[m.Intn(4+m.Intn(2))])
	}
	prefix := func(most int) {
		if m.one(3) {
			copy(b[345:345+most], m.name(most))
		}
	}
	switch dialect {
	case 0: // v7
		if m.one(20) {
			copy(b[257:], m.pick("ustar", "ustar ", "USTAR\x00", "ustar  "))
			b[263] = 'x'
		}
	case 1: // ustar, or PAX
		copy(b[257:], "ustar\x00"+m.pick("00", "00", "00", "\x00\x00", "  "))
		devices()
		prefix(155)
	case 2: // star
		copy(b[257:], "ustar\x0000")
		copy(b[508:], "tar\x00")
		devices()
		prefix(131)
		m.number(b[476:488], int64(m.Intn(1<<30)))
		m.number(b[488:500], int64(m.Intn(1<<30)))
	case 3: // GNU
		copy(b[257:], "ustar  \x00")
		devices()
		switch m.Intn(4) {
		case 0:
			m.number(b[345:357], int64(m.Intn(1<<30)))
			m.number(b[357:369], int64(m.Intn(1<<30)))
		case 1:
			if flag != 'S' {
				prefix(155)
			}
		}
	}
	if dialect != 0 {
		copy(b[265:297], "root")
		copy(b[297:329], m.pick("root", "wheel", "\xc3\xbc"))
	}
	if edit != nil {
		edit(b)
	}
	m.sum(b)
	m.out.Write(b)
}

func (m *maker) sum(b []byte) {
	copy(b[148:156], "        ")
	var plain, signed int
	for _, c := range b {
		plain += int(c)
		signed += int(int8(c))
	}
	sum := plain
	if m.one(20) {
		sum = signed
	}
	text := fmt.Sprintf("%06o\x00 ", sum)
	if sum < 0 {
		text = fmt.Sprintf("%06o\x00 ", plain)
	}
	switch {
	case m.fault():
		text = m.pick("00000\x00 ", "zzzzzz\x00 ", "        ", "-00001\x00 ")
	case m.one(12):
		text = fmt.Sprintf("%7o ", sum)
	case m.one(12):
		text = fmt.Sprintf("%o\x00\x00\x00\x00", sum)
	}
	copy(b[148:156], text)
}

func (m *maker) content(n int64) {
	start := m.Int63n(26)
	for i := int64(0); i < n; i++ {
		m.out.WriteByte(byte('a' + (start+i)%26))
	}
	m.pad()
}

func record(key, value string) string {
	n := len(key) + len(value) + 3
	total := n + len(strconv.Itoa(n))
	if len(strconv.Itoa(total)) != len(strconv.Itoa(n)) {
		total = n + len(strconv.Itoa(total))
	}
	return fmt.Sprintf("%d %s=%s\n", total, key, value)
}

func (m *maker) record() string {
	if m.fault() {
		return m.pick("junk", "5 a=\n", "4 a\n", "3 =\n", "99 path=a\n", "8 path=a", "-5 a=b\n", "+7 a=b\n", "07 a=b\n", "7  a=b\n", "6 =ab\n",
			"000000000000000000000000000031 a=b\n", record("path", "a\x00b"), record("uname", "\x00"), record("a\x00", "b"), record("linkpath", "\x00"),
			record("comment", "a\x00b"), record("gname", "x\x00"), "\n", " ", "0 a=b\n")
	}
	number := func() string {
		if m.fault() {
			return m.pick("x", "1.5", "1e3", " 1", "1 ", "0x1", "9223372036854775808", "+5", "-7", "1_0")
		}
		return m.pick("0", "5", "1000", "4294967296", "")
	}
	time := func() string {
		if m.fault() {
			return m.pick("x", "1.x", ".5", "1.2.3", "1,5", "--1", "1e9")
		}
		return m.pick("1", "1350244992.023960108", "-1.5", "-0.25", "5.", "1.1234567899", "", "+3.5", "-9223372036854775808.5")
	}
	switch m.Intn(14) {
	case 0, 1:
		return record("path", m.pick("", "short", m.name(30), strings.Repeat("long/", 40)+"x", "dir/"))
	case 2:
		return record("linkpath", m.pick("", "target", m.name(30), strings.Repeat("long/", 40)))
	case 3:
		return record("uid", number())
	case 4:
		return record("gid", number())
	case 5, 6:
		return record("mtime", time())
	case 7:
		return record(m.pick("atime", "ctime"), time())
	case 8, 9:
		return record("SCHILY.xattr."+m.pick("user.a", "user.b", "security.capability", ""), m.pick("", "v", "\x01\x00\n=", "long value"))
	case 10:
		return record(m.pick("uname", "gname"), m.pick("", "root", "ü"))
	case 11:
		return record("size", m.pick("", "0", "3", "512", "1000", number()))
	case 12:
		return record(m.pick("comment", "charset", "GNU.dumpdir", "SCHILY.fflags", "MSWINDOWS.rawsd", "path ", "Path"), m.pick("", "x", "a=b"))
	default:
		return record("GNU.sparse."+m.pick("major", "minor", "name", "size", "realsize", "map", "numblocks", "offset", "numbytes"), m.pick("", "0", "1", "x"))
	}
}

func (m *maker) extended(flag byte, text string) {
	m.header(m.pick("PaxHeaders.0/x", "././@PaxHeader"), flag, int64(len(text)), 1, nil)
	m.out.WriteString(text)
	m.pad()
}

func (m *maker) announce() {
	for n := m.Intn(3); n > 0; n-- {
		switch m.Intn(6) {
		case 0:
			name := m.pick("", m.name(200), strings.Repeat("n/", 100)+"n") + m.pick("\x00", "", "\x00junk")
			m.header("././@LongLink", 'L', int64(len(name)), []int{3, 3, 3, 3, 1}[m.Intn(5)], nil)
			m.out.WriteString(name)
			m.pad()
		case 1:
			name := m.pick("", m.name(200), strings.Repeat("k/", 100)+"k") + m.pick("\x00", "")
			m.header("././@LongLink", 'K', int64(len(name)), 3, nil)
			m.out.WriteString(name)
			m.pad()
		default:
			text := ""
			for k := m.Intn(4); k >= 0; k-- {
				text += m.record()
			}
			flag := byte('x')
			if m.one(12) {
				flag = 'g'
			}
			m.extended(flag, text)
		}
	}
}

func (m *maker) member() {
	if m.one(6) {
		m.sparse()
		return
	}
	m.announce()
	flags := "000000000\x00\x00\x00112234556"
	if m.one(8) {
		flags = "7DVMNXAsZSxgLK"
	}
	flag := flags[m.Intn(len(flags))]
	size := int64(0)
	if m.one(2) {
		size = int64(m.Intn(1200))
	}
	stated := size
	switch {
	case m.one(60):
		stated = []int64{1 << 33, 1 << 62, -1, -512, 1<<63 - 1, size + 512, size + 1}[m.Intn(7)]
	case strings.IndexByte("123456", flag) >= 0:
		// Some programs state a size for what has no content.
		size = 0
		if !m.one(4) {
			stated = 0
		}
	}
	m.header(m.name(100), flag, stated, m.Intn(4), nil)
	m.content(size)
}

// A sparse file in one of the four shapes, in the wrong dialect now and then, its map sound or not.
func (m *maker) sparse() {
	type piece struct{ at, n int64 }
	var pieces []piece
	at, stored := int64(0), int64(0)
	for n := m.Intn(30) / (1 + m.Intn(6)); n > 0; n-- {
		at += int64(m.Intn(600))
		p := piece{at, int64(m.Intn(300))}
		if m.fault() {
			p = []piece{{at - 100, 50}, {-1, 1}, {at, -1}, {1<<63 - 1, 5}, {at, 1 << 62}}[m.Intn(5)]
		}
		pieces = append(pieces, p)
		if p.n > 0 && p.n < 1<<20 {
			at = p.at + p.n
			stored += p.n
		}
	}
	size := at + int64(m.Intn(3000))
	if m.fault() {
		size = []int64{0, at - 1, 1 << 62, -1}[m.Intn(4)]
	}
	if m.fault() {
		stored += int64(m.Intn(9)) - 4
		if stored < 0 {
			stored = 0
		}
	}
	count := strconv.Itoa(len(pieces))
	if m.fault() {
		count = m.pick("", "x", "1", "1000000000", "-1", strconv.Itoa(len(pieces)+1), "+"+count)
	}
	realsize := strconv.FormatInt(size, 10)
	if m.fault() {
		realsize = m.pick("", "x", "-5", "+"+realsize)
	}
	flag := m.pick("000000\x00\x00\x00175D")[0]
	text := ""
	switch shape := m.Intn(4); shape {
	case 0: // old GNU
		if m.one(4) {
			m.announce()
		}
		dialect := 3
		if m.one(12) {
			dialect = m.Intn(4)
		}
		rest := pieces
		fill := func(b []byte) {
			n := len(b) / 24
			for i := 0; i < n && len(rest) > 0; i++ {
				if m.one(60) {
					break // The pieces of this block end early.
				}
				m.number(b[i*24:i*24+12], rest[0].at)
				m.number(b[i*24+12:i*24+24], rest[0].n)
				rest = rest[1:]
			}
			if len(rest) > 0 || m.one(30) {
				b[n*24] = 1
			}
		}
		extended := false
		m.header(m.name(100), 'S', stored, dialect, func(b []byte) {
			for i := 345; i < 512; i++ {
				b[i] = 0
			}
			fill(b[386:483])
			m.number(b[483:495], size)
			extended = b[482] != 0
		})
		for extended {
			b := make([]byte, 512)
			fill(b[:505])
			extended = b[504] != 0
			m.out.Write(b)
		}
		m.content(stored)
		return
	case 1, 2: // 0.0 and 0.1
		text += record("GNU.sparse.size", realsize)
		if !m.fault() {
			text += record("GNU.sparse.numblocks", count)
		}
		if m.one(3) {
			text += record("GNU.sparse.major", "0") + record("GNU.sparse.minor", strconv.Itoa(shape-1))
		}
		flat := ""
		for i, p := range pieces {
			offset, n := strconv.FormatInt(p.at, 10), strconv.FormatInt(p.n, 10)
			if i > 0 {
				flat += ","
			}
			flat += offset + "," + n
			if shape == 1 {
				one, two := record("GNU.sparse.offset", offset), record("GNU.sparse.numbytes", n)
				if m.fault() {
					one, two = two, one
				}
				text += one + two
			}
		}
		if shape == 2 {
			if m.fault() {
				flat = m.pick(flat+",", ","+flat, "x", "1", strings.ReplaceAll(flat, ",", ";"))
			}
			text += record("GNU.sparse.map", flat)
		}
		if m.one(2) {
			text += record("GNU.sparse.name", m.name(40))
		}
		m.extended('x', text)
		m.header("GNUSparseFile.0/"+m.name(40), flag, stored, m.Intn(4), nil)
		m.content(stored)
	default: // 1.0
		text += record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0")
		text += record("GNU.sparse.name", m.name(40)) + record("GNU.sparse.realsize", realsize)
		if m.one(8) {
			text += m.record()
		}
		m.extended('x', text)
		lines := count + "\n"
		for _, p := range pieces {
			one := strconv.FormatInt(p.at, 10)
			if m.one(30) {
				one = m.pick("+", "0000000000000000000000") + one
			}
			lines += one + "\n" + strconv.FormatInt(p.n, 10) + "\n"
		}
		for len(lines)%512 != 0 {
			lines += "\x00"
		}
		m.header("GNUSparseFile.0/"+m.name(40), flag, stored+int64(len(lines)), m.Intn(4), nil)
		m.out.WriteString(lines)
		m.content(stored)
	}
}

func (m *maker) end() {
	switch m.Intn(12) {
	case 0: // none at all
	case 1:
		m.out.Write(make([]byte, 512))
	case 2:
		m.out.Write(make([]byte, 1+m.Intn(1200)))
	case 3:
		m.out.Write(make([]byte, 1024))
		m.out.WriteString(m.pick("trailing", strings.Repeat("\x00", 700)+"x", strings.Repeat("\x00", 512)))
	case 4:
		m.out.Write(make([]byte, 512))
		m.member()
	case 5: // the padding of the last member is missing
		tar := m.out.Bytes()
		m.out.Truncate(len(bytes.TrimRight(tar, "\x00")))
	case 6:
		m.out.Write(make([]byte, 1024))
		m.member()
	default:
		m.out.Write(make([]byte, 1024*(1+m.Intn(10))))
	}
}
