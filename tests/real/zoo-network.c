/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "zoo-network.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define OF_THIS_THREAD "/proc/thread-self/ns/net"

struct _ZooNetwork
{
  int own;
  int others;
};

static gboolean
switch_loopback_on (void)
{
  struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean on;

  strcpy (request.ifr_name, "lo");
  on = fd >= 0 && ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  if (fd >= 0)
    close (fd);

  return on;
}

ZooNetwork *
zoo_network_new (void)
{
  g_autofree ZooNetwork *self = g_new0 (ZooNetwork, 1);
  gboolean on;

  self->others = open (OF_THIS_THREAD, O_RDONLY | O_CLOEXEC);
  if (self->others < 0)
    return NULL;

  if (unshare (CLONE_NEWNET) != 0)
    {
      close (self->others);
      return NULL;
    }
  self->own = open (OF_THIS_THREAD, O_RDONLY | O_CLOEXEC);
  on = switch_loopback_on ();
  zoo_network_leave (self);
  if (self->own >= 0 && on)
    return g_steal_pointer (&self);

  close (self->own);
  close (self->others);

  return NULL;
}

void
zoo_network_enter (ZooNetwork *self)
{
  g_assert_cmpint (setns (self->own, CLONE_NEWNET), ==, 0);
}

void
zoo_network_leave (ZooNetwork *self)
{
  g_assert_cmpint (setns (self->others, CLONE_NEWNET), ==, 0);
}
