/* Writes down what a process does to the files of one folder, so that a test can tell what a power
 * cut would have left: what was written and not synchronised is gone.
 *
 * Preloaded (LD_PRELOAD). POWER_CUT_FOLDER names the folder, POWER_CUT_LOG the file that gets one
 * record per call: a line "W path offset length" and so many bytes, "T path length" for a file that
 * is cut, "U path" for one that is deleted, "S path" for one that is synchronised.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int log_fd = -1;

static int path_of(int fd, char *path) {
    char link[64];
    const char *folder = getenv("POWER_CUT_FOLDER");
    if (folder == NULL) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static void note(const char *line, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (log_fd < 0) log_fd = open(getenv("POWER_CUT_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (real(log_fd, line, strlen(line)) < 0 || (size && real(log_fd, data, size) < 0)) abort();
}

static void note_write(int fd, const void *data, ssize_t size, long long offset) {
    char path[PATH_MAX], line[PATH_MAX + 64];
    if (size <= 0 || fd == log_fd || !path_of(fd, path)) return;
    snprintf(line, sizeof line, "W %s %lld %zd\n", path, offset, size);
    note(line, data, (size_t)size);
}

static void note_call(int fd, const char *format, long long length) {
    char path[PATH_MAX], line[PATH_MAX + 64];
    if (!path_of(fd, path)) return;
    snprintf(line, sizeof line, format, path, length);
    note(line, NULL, 0);
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    long long offset = fd == log_fd ? 0 : lseek(fd, 0, SEEK_CUR);
    ssize_t done = real(fd, data, size);
    note_write(fd, data, done, offset);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    ssize_t done = real(fd, data, size, offset);
    note_write(fd, data, done, offset);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    ssize_t done = real(fd, data, size, offset);
    note_write(fd, data, done, offset);
    return done;
}

int ftruncate(int fd, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    note_call(fd, "T %s %lld\n", length);
    return real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    note_call(fd, "T %s %lld\n", length);
    return real(fd, length);
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    note_call(fd, "S %s\n", 0);
    return real(fd);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    note_call(fd, "S %s\n", 0);
    return real(fd);
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    const char *folder = getenv("POWER_CUT_FOLDER");
    if (folder != NULL && strncmp(path, folder, strlen(folder)) == 0) {
        char line[PATH_MAX + 64];
        snprintf(line, sizeof line, "U %s\n", path);
        note(line, NULL, 0);
    }
    return real(path);
}
