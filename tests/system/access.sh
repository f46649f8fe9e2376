# SPDX-License-Identifier: MIT
# Everybody may see the states; to change something one is root or of the group `tended`.

useradd --create-home alice
useradd --create-home --groups tended bob
systemctl start tended
tendctl wait db web

as() {
        runuser -u "$@"
}

status 0 as alice -- tendctl status
status 0 as alice -- tendctl is-active web
status 6 as alice -- tendctl stop web
status 6 as alice -- tendctl daemon-reload
status 6 as alice -- tendctl shutdown
status 6 as alice -- tendctl cat web
status 0 tendctl is-active web

status 0 as bob -- tendctl restart web
status 0 as bob -- tendctl stop web
status 3 as bob -- tendctl is-active web
# Who did it is in the journal.
journalctl --sync
journalctl -u tended-web TENDED_EVENT=changed-by -o cat | grep "$(id -u bob)"
