# SPDX-License-Identifier: MIT
# The journal of a booted system: lines by service and by unit, events with their explanation, and all lines of a
# flood that is larger than the rate limit that systemd sets for a unit.

systemctl start tended
tendctl wait web db
journalctl --sync
journalctl -u tended-web -o cat | grep -x 'web serves'
journalctl TENDED_SERVICE=db TENDED_STREAM=stdout -o cat | grep -x 'db is ready'

# Each event has a text in the catalog.
journalctl -u tended-web TENDED_EVENT=started -x --no-hostname | grep '^░░'
for id in $(journalctl _COMM=tended -o export | sed -n 's/^MESSAGE_ID=//p' | sort -u); do
        journalctl --dump-catalog "$id" | grep -q '^Subject: '
done

tendctl start flood
tendctl wait flood --for inactive
# What it wrote may take journald longer than it took the service; its exit comes after its last line.
has_exited() {
        events exited flood | grep flood
}
eventually has_exited
journalctl TENDED_SERVICE=flood TENDED_STREAM=stdout -o cat >/tmp/flood
seq 1 150000 | cmp - /tmp/flood
tendctl logs --verify flood

# The lines come many at a time where journald takes them so, and one at a time where it would drop all but the first.
batches=$(journalctl TENDED_SERVICE=flood TENDED_STREAM=stdout -o export | grep '^TENDED_BATCH=' | sort -u | wc -l)
if [ "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')" -le 252 ]; then
        [ "$batches" -lt 75000 ]
else
        [ "$batches" = 150000 ]
fi
