# SPDX-License-Identifier: MIT
# The unit: it starts (READY=1), its services' lines are found by unit, it reloads, and stops without leaving anything.
set -eux

systemctl start tended
[ "$(systemctl show -P SubState tended)" = running ]
tendctl wait db web
tendctl status
tendctl status | grep -q cgroup

# Each service in a cgroup of its own, below the unit's.
pid=$(tendctl show web -p MainPID --value)
grep -q '/tended.service/.*web' "/proc/$pid/cgroup"

# The journal: by service, by unit.
journalctl --sync
journalctl -u tended-web -o cat | grep -qx 'web serves'
journalctl TENDED_SERVICE=db -o cat | grep -qx 'db is ready'

# A main process that is killed is replaced.
kill -9 "$pid"
tendctl wait web
[ "$(tendctl show web -p MainPID --value)" != "$pid" ]

# Reload through systemd.
printf '[service extra]\nExecStart=/bin/sleep 100000\n' >/etc/tended/conf.d/extra.ini
systemctl reload tended
tendctl start extra
tendctl is-active extra
rm /etc/tended/conf.d/extra.ini

# The unit's rate limit is really off.
tendctl start flood
tendctl wait flood --for inactive
journalctl --sync
[ "$(journalctl TENDED_SERVICE=flood TENDED_STREAM=stdout -o cat | wc -l)" = 150000 ]

cgroup=/sys/fs/cgroup/unified
[ -d $cgroup ] || cgroup=/sys/fs/cgroup
systemctl stop tended
[ "$(systemctl show -P Result tended)" = success ]
if pgrep -x sleep; then exit 1; fi
[ ! -e $cgroup/system.slice/tended.service ]
[ ! -S /run/tended/control ]
journalctl --sync
journalctl -u tended -o cat | grep -q 'all services are down'
