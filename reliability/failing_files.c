/* Makes the Nth file operation below a folder fail: loaded before libc (LD_PRELOAD), it stands
 * between a program and the functions that it calls there. See failing_files.py.
 *
 * Only what goes through libc is seen, which is all that Rust's and Python's standard libraries do,
 * but for pages of a file that is mapped into memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Kinds of operations, as bits of a mask. */
enum { OPEN = 1, CREATE = 2, READ = 4, WRITE = 8, NAME = 16, REMOVE = 32, FOLDER = 64, LOOK = 128 };

#define FILES 65536
#define LOG_SIZE (1 << 20)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int mask, error_number;
static long first, last, number; /* fails from first until before last; last < 0: for good */
static enum { WHOLE, CUT, REFUSED } space; /* of the write that found the disk full */
static char *names[FILES];       /* of open files below the root, by descriptor */
static char log_text[LOG_SIZE];
static size_t log_length;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

void failing_files_disarm(void) {
    pthread_mutex_lock(&lock);
    mask = 0;
    root_length = 0;
    pthread_mutex_unlock(&lock);
}

/* From here on, count the operations of these kinds below `folder`, and fail those from `from` on
 * (the first is 0) until before `until`, or for good where that is negative. */
void failing_files_arm(const char *folder, int kinds, int error, long from, long until) {
    pthread_mutex_lock(&lock);
    snprintf(root, sizeof root, "%s", folder);
    root_length = strlen(root);
    mask = kinds, error_number = error, first = from, last = until;
    number = 0, space = WHOLE, log_length = 0;
    pthread_mutex_unlock(&lock);
}

/* The operations so far, a line each: what, and the path below the folder. */
const char *failing_files_log(void) {
    log_text[log_length] = 0;
    return log_text;
}

static int is_below(int folder, const char *path) {
    if (!root_length || !path) return 0;
    if (path[0] != '/') return folder >= 0 && folder < FILES && names[folder] != NULL;
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* Count an operation and write it down. Returns whether it has to fail; errno is set then. */
static int fails(int kind, const char *what, const char *path) {
    int hit = 0;
    pthread_mutex_lock(&lock);
    if (mask & kind) {
        const char *below = strncmp(path, root, root_length) ? path : path + root_length;
        if (log_length + strlen(what) + strlen(below) + 3 < LOG_SIZE)
            log_length += sprintf(log_text + log_length, "%s %s\n", what, below);
        hit = number >= first && (last < 0 || number < last);
        number++;
    }
    pthread_mutex_unlock(&lock);
    if (hit) errno = error_number;
    return hit;
}

static int fails_at(int folder, const char *path, int kind, const char *what) {
    return is_below(folder, path) && fails(kind, what, path);
}

static int is_ours(int file) { return file >= 0 && file < FILES && names[file] && root_length; }

static int fails_on(int file, int kind, const char *what) {
    return is_ours(file) && fails(kind, what, names[file]);
}

static void forget(int file) {
    if (file < 0 || file >= FILES || !names[file]) return;
    free(names[file]);
    names[file] = NULL;
}

static int remember(int file, int folder, const char *path) {
    forget(file);
    if (file >= 0 && file < FILES && is_below(folder, path)) names[file] = strdup(path);
    return file;
}

static int opening(int flags) { return flags & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC) ? CREATE : OPEN; }

#define OPENED(function)                                                                     \
    int function(const char *path, int flags, ...) {                                         \
        va_list rest;                                                                        \
        va_start(rest, flags);                                                               \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;              \
        va_end(rest);                                                                        \
        if (fails_at(-1, path, opening(flags), opening(flags) == OPEN ? "open" : "create"))  \
            return -1;                                                                       \
        return remember(REAL(function)(path, flags, mode), -1, path);                        \
    }
OPENED(open)
OPENED(open64)

#define OPENED_AT(function)                                                                     \
    int function(int folder, const char *path, int flags, ...) {                                \
        va_list rest;                                                                           \
        va_start(rest, flags);                                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                 \
        va_end(rest);                                                                           \
        if (fails_at(folder, path, opening(flags), opening(flags) == OPEN ? "open" : "create")) \
            return -1;                                                                          \
        return remember(REAL(function)(folder, path, flags, mode), folder, path);               \
    }
OPENED_AT(openat)
OPENED_AT(openat64)

int close(int file) {
    forget(file);
    return REAL(close)(file);
}

ssize_t read(int file, void *bytes, size_t size) {
    return fails_on(file, READ, "read") ? -1 : REAL(read)(file, bytes, size);
}

ssize_t readv(int file, const struct iovec *parts, int count) {
    return fails_on(file, READ, "read") ? -1 : REAL(readv)(file, parts, count);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t at) {
    return fails_on(file, READ, "read") ? -1 : REAL(pread64)(file, bytes, size, at);
}

/* A disk that runs full takes what still fits, and refuses the rest when it is asked again. */
static ssize_t written(int file, const void *bytes, size_t size, off64_t at) {
    int hit = fails_on(file, WRITE, "write");
    if (hit && error_number == ENOSPC && space == WHOLE && size > 1) {
        space = CUT;
        size /= 2;
    } else if (hit || (space == CUT && is_ours(file))) {
        space = REFUSED;
        errno = error_number;
        return -1;
    }
    return at < 0 ? REAL(write)(file, bytes, size) : REAL(pwrite64)(file, bytes, size, at);
}

ssize_t write(int file, const void *bytes, size_t size) { return written(file, bytes, size, -1); }

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    return written(file, bytes, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    return fails_on(file, WRITE, "write") ? -1 : REAL(writev)(file, parts, count);
}

int ftruncate64(int file, off64_t size) {
    return fails_on(file, WRITE, "truncate") ? -1 : REAL(ftruncate64)(file, size);
}

int fsync(int file) { return fails_on(file, WRITE, "sync") ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return fails_on(file, WRITE, "sync") ? -1 : REAL(fdatasync)(file); }

int rename(const char *from, const char *to) {
    return fails_at(-1, to, NAME, "rename to") ? -1 : REAL(rename)(from, to);
}

int link(const char *from, const char *to) {
    return fails_at(-1, to, NAME, "link to") ? -1 : REAL(link)(from, to);
}

int linkat(int folder, const char *from, int folder_to, const char *to, int flags) {
    if (fails_at(folder_to, to, NAME, "link to")) return -1;
    return REAL(linkat)(folder, from, folder_to, to, flags);
}

int unlink(const char *path) {
    return fails_at(-1, path, REMOVE, "remove") ? -1 : REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags) {
    return fails_at(folder, path, REMOVE, "remove") ? -1 : REAL(unlinkat)(folder, path, flags);
}

int rmdir(const char *path) {
    return fails_at(-1, path, REMOVE, "remove") ? -1 : REAL(rmdir)(path);
}

int mkdir(const char *path, mode_t mode) {
    return fails_at(-1, path, FOLDER, "make folder") ? -1 : REAL(mkdir)(path, mode);
}

#define LOOKED_AT(function, type)                                                   \
    int function(const char *path, struct type *found) {                            \
        return fails_at(-1, path, LOOK, "look at") ? -1 : REAL(function)(path, found); \
    }
LOOKED_AT(stat, stat)
LOOKED_AT(lstat, stat)
LOOKED_AT(stat64, stat64)
LOOKED_AT(lstat64, stat64)

int fstatat(int folder, const char *path, struct stat *found, int flags) {
    if (fails_at(folder, path, LOOK, "look at")) return -1;
    return REAL(fstatat)(folder, path, found, flags);
}

int fstatat64(int folder, const char *path, struct stat64 *found, int flags) {
    if (fails_at(folder, path, LOOK, "look at")) return -1;
    return REAL(fstatat64)(folder, path, found, flags);
}

int statx(int folder, const char *path, int flags, unsigned int wanted, struct statx *found) {
    int hit = *path ? fails_at(folder, path, LOOK, "look at") : fails_on(folder, LOOK, "look at");
    return hit ? -1 : REAL(statx)(folder, path, flags, wanted, found);
}

char *realpath(const char *path, char *found) {
    return fails_at(-1, path, LOOK, "look at") ? NULL : REAL(realpath)(path, found);
}

DIR *opendir(const char *path) {
    if (fails_at(-1, path, OPEN, "list")) return NULL;
    DIR *opened = REAL(opendir)(path);
    if (opened) remember(dirfd(opened), -1, path);
    return opened;
}

struct dirent64 *readdir64(DIR *opened) {
    return fails_on(dirfd(opened), READ, "list") ? NULL : REAL(readdir64)(opened);
}

int closedir(DIR *opened) {
    forget(dirfd(opened));
    return REAL(closedir)(opened);
}
