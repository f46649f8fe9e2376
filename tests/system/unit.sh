# SPDX-License-Identifier: MIT
# The unit: it starts (READY=1), each service has its cgroup, a definition is reloaded, everything stops in time.

systemctl start tended
[ "$(systemctl show -P SubState tended)" = running ]
tendctl wait db web stubborn
tendctl status
tendctl status | head -n 1 | grep cgroup

# Each service is in a cgroup of its own, below the unit's.
pid=$(tendctl show web -p MainPID --value)
grep '/tended.service/.*web' "/proc/$pid/cgroup"
systemctl status tended | cat

# A main process that is killed is replaced.
kill -9 "$pid"
is_replaced() {
        [ "$(tendctl show web -p NRestarts --value)" = 1 ]
}
eventually is_replaced
tendctl wait web
[ "$(tendctl show web -p MainPID --value)" != "$pid" ]
eventually sleepers 4

# Definitions are applied through systemd; a mistake is told, and changes nothing.
printf '[service extra]\nExecStart=/bin/sleep 100000\n' >/etc/tended/conf.d/extra.ini
systemctl reload tended
tendctl is-active extra
printf '[service extra]\nExecStart=/bin/sleep 100000\nKillMod=mixed\n' >/etc/tended/conf.d/extra.ini
not systemctl reload tended
journalctl --sync
journalctl -u tended -o cat | grep 'extra.ini:3:.*KillMode'
tendctl is-active extra
rm /etc/tended/conf.d/extra.ini

# Whatever the services do, a stop is bounded: here by stubborn's second. Nothing is left.
before=$(date +%s%3N)
systemctl stop tended
[ $(($(date +%s%3N) - before)) -lt 10000 ]
nothing_is_left
events daemon-stopped | grep 'all services are down'
events timed-out stubborn | grep SIGKILL
