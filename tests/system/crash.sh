# SPDX-License-Identifier: MIT
# The daemon is killed: systemd kills what it ran and starts it again, and no service runs twice.

# crash: kills the daemon, and waits until another one has all services up.
crash() {
        systemctl start tended
        tendctl wait db web stubborn
        daemon=$(systemctl show -P MainPID tended)
        web=$(tendctl show web -p MainPID --value)
        restarts=$(systemctl show -P NRestarts tended)

        kill -9 "$daemon"
        eventually is_another
        tendctl wait db web stubborn
        [ "$(tendctl show web -p MainPID --value)" != "$web" ]
        [ ! -e "/proc/$web" ]
        eventually sleepers 4
}

is_another() {
        [ "$(systemctl show -P NRestarts tended)" = $((restarts + 1)) ] &&
                [ "$(systemctl show -P SubState tended)" = running ]
}

crash
systemctl stop tended
nothing_is_left

# Where systemd leaves them alive, the new daemon finds them and ends them first.
mkdir -p /run/systemd/system/tended.service.d
printf '[Service]\nKillMode=process\n' >/run/systemd/system/tended.service.d/leave.conf
systemctl daemon-reload
crash
events leftovers-found web | grep web
rm -r /run/systemd/system/tended.service.d
systemctl daemon-reload
systemctl stop tended
nothing_is_left
