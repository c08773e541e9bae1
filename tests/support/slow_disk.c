/* SPDX-License-Identifier: Apache-2.0 */
/* A slow disk for one process: preloaded (LD_PRELOAD), it makes every sync,
 * and every write through an O_DSYNC or O_SYNC descriptor, take at least
 * DPS_SLOW_DISK_MS milliseconds. An LMDB commit is one sync and one O_DSYNC
 * write, so it takes twice that. C, because it is a guest in any program. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void wait_for_disk(void) {
  const char* text = getenv("DPS_SLOW_DISK_MS");
  const long ms = text == NULL ? 0 : atol(text);
  struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

static void wait_if_synced(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags != -1 && (flags & (O_DSYNC | O_SYNC)) != 0) wait_for_disk();
}

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

int fsync(int fd) {
  wait_for_disk();
  return NEXT("fsync", int (*)(int))(fd);
}

int fdatasync(int fd) {
  wait_for_disk();
  return NEXT("fdatasync", int (*)(int))(fd);
}

int msync(void* address, size_t length, int flags) {
  wait_for_disk();
  return NEXT("msync", int (*)(void*, size_t, int))(address, length, flags);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  wait_if_synced(fd);
  return NEXT("write", ssize_t(*)(int, const void*, size_t))(fd, bytes, size);
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
  wait_if_synced(fd);
  return NEXT("writev", ssize_t(*)(int, const struct iovec*, int))(fd, parts,
                                                                   count);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  wait_if_synced(fd);
  return NEXT("pwrite", ssize_t(*)(int, const void*, size_t, off_t))(
      fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  wait_if_synced(fd);
  return NEXT("pwrite64", ssize_t(*)(int, const void*, size_t, off64_t))(
      fd, bytes, size, offset);
}

ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t offset) {
  wait_if_synced(fd);
  return NEXT("pwritev", ssize_t(*)(int, const struct iovec*, int, off_t))(
      fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec* parts, int count,
                  off64_t offset) {
  wait_if_synced(fd);
  return NEXT("pwritev64", ssize_t(*)(int, const struct iovec*, int, off64_t))(
      fd, parts, count, offset);
}
