package live

/*
#cgo LDFLAGS: -lpcap
#cgo noescape hookhound_match
#cgo nocallback hookhound_match
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

static int hookhound_match(const struct bpf_program *program, const u_char *bytes, unsigned captured, unsigned wire) {
	struct pcap_pkthdr header;
	memset(&header, 0, sizeof header);
	header.caplen = captured;
	header.len = wire;
	return pcap_offline_filter(program, &header, bytes);
}
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/hookhound/hookhound/capture"
)

// Filter is a BPF expression that is matched in this process: for frames out
// of files, of any link type. It belongs to one goroutine.
type Filter struct {
	expr     string
	snapLen  int
	programs map[capture.LinkType]*program // nil where the expression makes no sense for the link type
	// Of the last frame, since most captures have one link type.
	link capture.LinkType
	prog *program
}

// program is compiled code, in C's memory.
type program struct{ code C.struct_bpf_program }

// CompileFilter compiles an expression as tcpdump takes it, for frames of the
// given link type of at most snapLen bytes. Where the error is one of the
// expression it is a *FilterError. For frames of another link type, Match
// compiles it again.
func CompileFilter(link capture.LinkType, snapLen int, expr string) (*Filter, error) {
	f := &Filter{expr: expr, snapLen: snapLen, programs: make(map[capture.LinkType]*program)}
	p, err := compile(link, snapLen, expr)
	if err != nil {
		return nil, err
	}
	f.programs[link], f.link, f.prog = p, link, p
	return f, nil
}

// Match reports whether the filter lets a frame through. An expression that
// makes no sense for the link type of the frame lets nothing through: there is
// no "ether host" in a frame of raw IP.
func (f *Filter) Match(frame *capture.Frame) bool {
	if frame.Link != f.link {
		p, known := f.programs[frame.Link]
		if !known {
			p, _ = compile(frame.Link, f.snapLen, f.expr)
			f.programs[frame.Link] = p
		}
		f.link, f.prog = frame.Link, p
	}
	if f.prog == nil {
		return false
	}
	n := len(frame.Bytes)
	bytes := (*C.u_char)(unsafe.SliceData(frame.Bytes))
	ok := C.hookhound_match(&f.prog.code, bytes, C.uint(n), C.uint(max(frame.Wire, uint32(n))))
	return ok != 0
}

func compile(link capture.LinkType, snapLen int, expr string) (*program, error) {
	if link == capture.LinkRaw {
		link = capture.LinkRawBSD // what libpcap calls it in memory, on all systems but OpenBSD
	}
	dead := C.pcap_open_dead(C.int(link), C.int(snapLen))
	if dead == nil {
		return nil, errors.New("filter: out of memory")
	}
	defer C.pcap_close(dead)
	text := C.CString(expr)
	defer C.free(unsafe.Pointer(text))
	// libpcap keeps a pointer to its code inside, so the struct itself may
	// live in Go's memory.
	var code C.struct_bpf_program
	if C.pcap_compile(dead, &code, text, 1, C.PCAP_NETMASK_UNKNOWN) != 0 {
		return nil, &FilterError{Filter: expr, Reason: C.GoString(C.pcap_geterr(dead))}
	}
	p := &program{code: code}
	runtime.AddCleanup(p, func(code C.struct_bpf_program) { C.pcap_freecode(&code) }, code)
	return p, nil
}
