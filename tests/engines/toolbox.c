/* File commands in one small static binary, so that an image FROM scratch can run real RUN steps without shipping a
   distribution: `t mkdir /a fill /a/f 100 chmod 0600 /a`. In the shell form of RUN the words come as one argument. In
   every argument %XX is a byte, so that a Dockerfile can name what no UTF-8 text holds.
   Built with: musl-gcc -Os -static -s */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Folders that may be open at once: the C library goes no deeper. */
#define FOLDERS 900

static mode_t mode;
static uid_t user;
static gid_t group;

static int remove_one(const char *p, const struct stat *s, int t, struct FTW *f) { return remove(p); }
static int chmod_one(const char *p, const struct stat *s, int t, struct FTW *f) {
    return S_ISLNK(s->st_mode) ? 0 : chmod(p, S_ISDIR(s->st_mode) ? mode | 0111 : mode);
}
static int chown_one(const char *p, const struct stat *s, int t, struct FTW *f) { return lchown(p, user, group); }

static int write_file(const char *path, int how, long size, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | how, 0644);
    if (fd < 0) return -1;
    unsigned x = 2463534242u;
    char block[4096];
    for (long done = 0; done < size;) { /* xorshift: does not compress */
        long n = 0;
        for (; n < (long)sizeof block && done + n < size; n++) {
            x ^= x << 13; x ^= x >> 17; x ^= x << 5;
            block[n] = (char)x;
        }
        if (write(fd, block, n) != n) return -1;
        done += n;
    }
    if (text && write(fd, text, strlen(text)) < 0) return -1;
    return close(fd);
}

static int many(const char *dir, int count) {
    char path[4096];
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%d", dir, i);
        if (write_file(path, O_EXCL, i, 0)) return -1;
    }
    return 0;
}

/* Folders below one another until the path is as long as asked, and a file at the end. */
static int deep(const char *dir, size_t length) {
    char path[4096];
    snprintf(path, sizeof path, "%s", dir);
    while (strlen(path) + 11 < length) {
        strcat(path, "/depth-down");
        if (mkdir(path, 0755)) return -1;
    }
    strcat(path, "/end");
    return write_file(path, O_EXCL, 1000, 0);
}

static int set_time(const char *path, long long seconds) {
    struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

static int set_attribute(const char *path, const char *name, const char *hex) {
    char value[256];
    size_t n = 0;
    unsigned byte;
    for (; n < sizeof value && sscanf(hex + 2 * n, "%2x", &byte) == 1; n++) value[n] = (char)byte;
    return lsetxattr(path, name, value, n, 0);
}

static void decode(char *s) {
    char *to = s;
    unsigned byte;
    while (*s) {
        if (*s == '%' && sscanf(s + 1, "%2x", &byte) == 1) { *to++ = (char)byte; s += 3; }
        else *to++ = *s++;
    }
    *to = 0;
}

int main(int n, char **a) {
    char *words[256];
    if (n == 2 && strchr(a[1], ' ')) {
        words[0] = a[0];
        n = 1;
        for (char *w = strtok(a[1], " "); w && n < 255; w = strtok(0, " ")) words[n++] = w;
        words[n] = 0;
        a = words;
    }
    for (int i = 1; i < n; i++) decode(a[i]);
    int bad = 0;
    for (int i = 1; i < n && !bad; i++) { /* commands one after another: rm P, mkdir P, ln A B, ... */
        const char *c = a[i];
        if (!strcmp(c, "rm")) bad = nftw(a[++i], remove_one, FOLDERS, FTW_DEPTH | FTW_PHYS);
        else if (!strcmp(c, "mkdir")) bad = mkdir(a[++i], 0755);
        else if (!strcmp(c, "ln")) { bad = link(a[i + 1], a[i + 2]); i += 2; }
        else if (!strcmp(c, "symlink")) { bad = symlink(a[i + 1], a[i + 2]); i += 2; }
        else if (!strcmp(c, "mv")) { bad = rename(a[i + 1], a[i + 2]); i += 2; }
        else if (!strcmp(c, "fifo")) bad = mkfifo(a[++i], 0600);
        else if (!strcmp(c, "char")) { bad = mknod(a[i + 3], S_IFCHR | 0620, makedev(atoi(a[i + 1]), atoi(a[i + 2]))); i += 3; }
        else if (!strcmp(c, "block")) { bad = mknod(a[i + 3], S_IFBLK | 0660, makedev(atoi(a[i + 1]), atoi(a[i + 2]))); i += 3; }
        else if (!strcmp(c, "mode")) { bad = chmod(a[i + 2], strtol(a[i + 1], 0, 8)); i += 2; }
        else if (!strcmp(c, "chmod")) { mode = strtol(a[i + 1], 0, 8); bad = nftw(a[i + 2], chmod_one, FOLDERS, FTW_PHYS); i += 2; }
        else if (!strcmp(c, "chown")) { user = group = atoi(a[i + 1]); bad = nftw(a[i + 2], chown_one, FOLDERS, FTW_PHYS); i += 2; }
        else if (!strcmp(c, "owner")) { bad = lchown(a[i + 3], strtoul(a[i + 1], 0, 10), strtoul(a[i + 2], 0, 10)); i += 3; }
        else if (!strcmp(c, "fill")) { bad = write_file(a[i + 1], O_TRUNC, atol(a[i + 2]), 0); i += 2; }
        else if (!strcmp(c, "append")) { bad = write_file(a[i + 1], O_APPEND, 0, a[i + 2]); i += 2; }
        else if (!strcmp(c, "put")) { bad = write_file(a[i + 1], O_TRUNC, 0, a[i + 2]); i += 2; }
        else if (!strcmp(c, "size")) { bad = truncate(a[i + 2], atol(a[i + 1])); i += 2; }
        else if (!strcmp(c, "many")) { bad = many(a[i + 2], atoi(a[i + 1])); i += 2; }
        else if (!strcmp(c, "deep")) { bad = deep(a[i + 2], atol(a[i + 1])); i += 2; }
        else if (!strcmp(c, "time")) { bad = set_time(a[i + 2], atoll(a[i + 1])); i += 2; }
        else if (!strcmp(c, "attribute")) { bad = set_attribute(a[i + 3], a[i + 1], a[i + 2]); i += 3; }
        else if (!strcmp(c, "setuid")) bad = chmod(a[++i], 04755);
        else { fprintf(stderr, "toolbox: no such command: %s\n", c); return 2; }
        if (bad) fprintf(stderr, "toolbox: %s: %s\n", c, strerror(errno));
    }
    return bad ? 1 : 0;
}
