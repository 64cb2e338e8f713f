package containers

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// fileSystem is a container's root file system: the mounted files, read-only, and a /tmp in
// memory. All paths are absolute and clean.
type fileSystem struct {
	clock clock.PassiveClock
	since time.Time // modification time of what is mounted

	mu    sync.Mutex
	files map[string]*file
}

// file is guarded by the mutex of its file system.
type file struct {
	data     []byte
	readOnly bool
	modified time.Time
}

// The texts of strerror(3).
var (
	errReadOnly = errors.New("Read-only file system")
	errNoFile   = errors.New("No such file or directory")
	errIsFolder = errors.New("Is a directory")
)

func newFileSystem(mounted map[string][]byte, hostname string, c clock.PassiveClock) *fileSystem {
	f := &fileSystem{clock: c, since: c.Now(), files: map[string]*file{}}
	f.files["/etc/hostname"] = &file{data: []byte(hostname + "\n"), readOnly: true, modified: f.since}
	for name, data := range mounted {
		f.files[path.Clean("/"+name)] = &file{data: data, readOnly: true, modified: f.since}
	}
	return f
}

// standardFolders exist in every image, and as far as the container can see they are empty.
var standardFolders = []string{
	"/", "/bin", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/root", "/run", "/sbin", "/srv", "/tmp",
	"/usr", "/usr/bin", "/usr/local", "/usr/local/bin", "/usr/sbin", "/var",
}

func (f *fileSystem) isFolder(name string) bool {
	if slices.Contains(standardFolders, name) {
		return true
	}
	for existing := range f.files {
		if strings.HasPrefix(existing, name+"/") {
			return true
		}
	}
	return false
}

// readFile returns the content of a file.
func (f *fileSystem) readFile(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if found := f.files[name]; found != nil {
		return bytes.Clone(found.data), nil
	}
	if f.isFolder(name) {
		return nil, errIsFolder
	}
	return nil, errNoFile
}

// open opens a file as open(2) does; flag is a combination of os.O_ constants.
func (f *fileSystem) open(name string, flag int) (io.ReadWriteCloser, error) {
	if name == "/dev/null" {
		return nullDevice{}, nil
	}
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		data, err := f.readFile(name)
		if err != nil {
			return nil, err
		}
		return readOnlyFile{bytes.NewReader(data)}, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	found := f.files[name]
	switch {
	case f.isFolder(name):
		return nil, errIsFolder
	case found != nil && found.readOnly, !strings.HasPrefix(name, "/tmp/"):
		return nil, errReadOnly
	case found == nil && flag&os.O_CREATE == 0, !f.isFolder(path.Dir(name)):
		return nil, errNoFile
	case found != nil && flag&os.O_EXCL != 0:
		return nil, errors.New("File exists")
	case found == nil:
		found = &file{}
		f.files[name] = found
	}
	if flag&os.O_TRUNC != 0 {
		found.data = nil
	}
	found.modified = f.clock.Now()
	return &openFile{system: f, file: found}, nil
}

func (f *fileSystem) remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := f.files[name]
	switch {
	case found == nil && f.isFolder(name):
		return errIsFolder
	case found == nil:
		return errNoFile
	case found.readOnly:
		return errReadOnly
	}
	delete(f.files, name)
	return nil
}

func (f *fileSystem) stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info := fileInfo{name: path.Base(name), modified: f.since}
	switch found := f.files[name]; {
	case name == "/dev/null":
		info.mode = fs.ModeDevice | fs.ModeCharDevice | 0o666
	case found != nil:
		info.mode, info.size, info.modified = 0o644, int64(len(found.data)), found.modified
		if found.readOnly {
			info.mode = 0o444
		}
	case f.isFolder(name):
		info.mode = fs.ModeDir | 0o755
	default:
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return info, nil
}

// readDir lists a folder in the order of the names.
func (f *fileSystem) readDir(name string) ([]fs.DirEntry, error) {
	f.mu.Lock()
	if !f.isFolder(name) {
		f.mu.Unlock()
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	inside := map[string]bool{}
	collect := func(existing string) {
		if rest, ok := strings.CutPrefix(existing, strings.TrimSuffix(name, "/")+"/"); ok && rest != "" {
			first, _, _ := strings.Cut(rest, "/")
			inside[first] = true
		}
	}
	for existing := range f.files {
		collect(existing)
	}
	for _, folder := range standardFolders {
		collect(folder)
	}
	f.mu.Unlock()
	var entries []fs.DirEntry
	for _, entry := range slices.Sorted(maps.Keys(inside)) {
		info, err := f.stat(path.Join(name, entry))
		if err != nil {
			continue // removed meanwhile
		}
		entries = append(entries, fs.FileInfoToDirEntry(info))
	}
	return entries, nil
}

// fileInfo describes a file of a container.
type fileInfo struct {
	name     string
	size     int64
	mode     fs.FileMode
	modified time.Time
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return i.modified }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }

// openFile appends to a file in memory.
type openFile struct {
	system *fileSystem
	file   *file
}

func (o *openFile) Write(b []byte) (int, error) {
	o.system.mu.Lock()
	defer o.system.mu.Unlock()
	o.file.data = append(o.file.data, b...)
	o.file.modified = o.system.clock.Now()
	return len(b), nil
}

func (o *openFile) Read([]byte) (int, error) { return 0, io.EOF }
func (o *openFile) Close() error             { return nil }

type readOnlyFile struct{ *bytes.Reader }

func (readOnlyFile) Write([]byte) (int, error) { return 0, errReadOnly }
func (readOnlyFile) Close() error              { return nil }

type nullDevice struct{}

func (nullDevice) Read([]byte) (int, error)    { return 0, io.EOF }
func (nullDevice) Write(b []byte) (int, error) { return len(b), nil }
func (nullDevice) Close() error                { return nil }
