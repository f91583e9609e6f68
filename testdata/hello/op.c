/* The only program in the `hello` image: it changes files when a layer is built, and greets when the image is run.
 *
 * usage: op [STEP…], steps separated by ",":
 *   write FILE BYTES | append FILE TEXT | mkdir DIR | link OLD NEW | symlink TARGET NEW
 *   rm PATH (recursive) | chown UID PATH (recursive) | chmod OCTAL PATH
 * Directories that FILE or NEW need are made. The content of `write` follows from the name and the size alone.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(int result, const char *what) {
  if (result < 0) {
    write(2, what, strlen(what));
    write(2, ": failed\n", 9);
    _exit(1);
  }
}

static void make_parents(const char *path) {
  char part[256];
  strncpy(part, path, sizeof part - 1);
  part[sizeof part - 1] = 0;
  for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
    *slash = 0;
    if (mkdir(part, 0755) < 0 && errno != EEXIST) check(-1, part);
    *slash = '/';
  }
}

/* Calls `visit` for everything below a path and then for the path itself; links are not followed. */
static void walk(const char *path, void (*visit)(const char *, struct stat *, unsigned), unsigned argument) {
  struct stat status;
  check(lstat(path, &status), path);
  if (S_ISDIR(status.st_mode)) {
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
      char below[512];
      if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
      strcpy(below, path);
      strcat(below, "/");
      strcat(below, entry->d_name);
      walk(below, visit, argument);
    }
    if (directory) closedir(directory);
  }
  visit(path, &status, argument);
}

static void remove_one(const char *path, struct stat *status, unsigned unused) {
  (void)unused;
  check(S_ISDIR(status->st_mode) ? rmdir(path) : unlink(path), path);
}

static void chown_one(const char *path, struct stat *status, unsigned owner) {
  (void)status;
  check(lchown(path, owner, owner), path);
}

static void write_file(const char *path, int flags, const char *text, size_t length) {
  make_parents(path);
  int file = open(path, flags | O_WRONLY | O_CREAT, 0644);
  check(file, path);
  check(write(file, text, length), path);
  close(file);
}

static void fill(const char *path, size_t length) {
  unsigned state = length;
  char *text = malloc(length + 1);
  for (const char *name = path; *name; name++) state = state * 31 + *name;
  for (size_t i = 0; i < length; i++) {
    state = state * 1103515245u + 12345u;
    text[i] = i % 64 == 63 ? '\n' : "abcdefghijklmnop"[state >> 16 & 15];
  }
  write_file(path, O_TRUNC, text, length);
  free(text);
}

static unsigned octal(const char *digits) {
  unsigned value = 0;
  while (*digits) value = value * 8 + (*digits++ - '0');
  return value;
}

static int step(char **words) {
  char *name = words[0], *first = words[1], *second = words[2];
  if (!strcmp(name, "rm")) return walk(first, remove_one, 0), 2;
  if (!strcmp(name, "mkdir")) return make_parents(first), check(mkdir(first, 0755), first), 2;
  if (!strcmp(name, "write")) return fill(first, atoi(second)), 3;
  if (!strcmp(name, "append")) return write_file(first, O_APPEND, second, strlen(second)), 3;
  if (!strcmp(name, "chown")) return walk(second, chown_one, atoi(first)), 3;
  if (!strcmp(name, "chmod")) return check(chmod(second, octal(first)), second), 3;
  make_parents(second);
  if (!strcmp(name, "link")) return check(link(first, second), second), 3;
  if (!strcmp(name, "symlink")) return check(symlink(first, second), second), 3;
  return check(-1, name), 0;
}

int main(int count, char **words) {
  char **last = words + count;
  if (count < 2) write(1, "hello\n", 6);
  for (words++; words < last; words++) words += step(words);
  return 0;
}
