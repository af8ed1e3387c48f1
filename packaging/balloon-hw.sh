#!/bin/sh
# /usr/sbin/balloon-hw: starts the daemon's command with the Node of its package.
#
# Of the environment, nothing reaches Node but what the command itself uses: other variables (NODE_OPTIONS, OPENSSL_CONF,
# LD_PRELOAD …) can make Node or the dynamic linker load other code.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# The tree is beside the directory of this file, also if the file is called by a link, or in another root directory.
package=$(dirname "$(readlink -f "$0")")/../lib/balloon-hw

# A signal does not open Node's debugger, from the first moment on.
set -- "$package/node/node" --disable-sigusr1 "$package/bin/balloon-hw.js" "$@"
# The terminal, times and temporary files; the service manager's variables.
for name in TERM NO_COLOR FORCE_COLOR TZ TMPDIR BALLOON_DEBUG NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID JOURNAL_STREAM; do
  eval "value=\${$name-}"
  if [ -n "$value" ]; then set -- "$name=$value" "$@"; fi
done
exec env -i PATH="$PATH" "$@"
