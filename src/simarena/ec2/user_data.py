"""What a machine does when it starts: it sees to its own end, installs a release, and works."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simarena.ec2.settings import FleetSettings

_SCRIPT = """\
#!/bin/bash
set -eu
# The end of this machine comes first, and outlives restarts: nobody has to think of it.
end=$(date --utc --date "+{max_age_min} minutes" "+%Y-%m-%d %H:%M:%S UTC")
cat > /etc/systemd/system/simarena-end.service <<EOF
[Unit]
Description=End of a SimArena worker
[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl poweroff
EOF
cat > /etc/systemd/system/simarena-end.timer <<EOF
[Unit]
Description=A SimArena worker has reached its greatest age
[Timer]
OnCalendar=$end
Persistent=true
[Install]
WantedBy=timers.target
EOF
systemctl daemon-reload
systemctl enable --now simarena-end.timer
# A machine that cannot be set up does not wait for its greatest age.
trap 'systemctl poweroff' ERR

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends python3-venv
python3 -m venv /opt/simarena
/opt/simarena/bin/pip install -q {release}

# A worker ends well only when there is nothing left to do; the last one ends the machine, too.
cat > /opt/simarena/bin/end-with-the-last <<'EOF'
#!/bin/sh
[ "$SERVICE_RESULT" = success ] || exit 0
systemctl is-active --quiet 'simarena-worker@*' || systemctl poweroff
EOF
chmod 755 /opt/simarena/bin/end-with-the-last

cat > /etc/systemd/system/simarena-worker@.service <<'EOF'
[Unit]
Description=SimArena worker {worker}-%i
After=network-online.target
Wants=network-online.target
[Service]
DynamicUser=yes
StateDirectory=simarena
WorkingDirectory=/var/lib/simarena
Environment=HOME=/var/lib/simarena AWS_REGION={region}
ExecStart=/opt/simarena/bin/simarena worker --store {uri} --worker-id {worker}-%i --max-idle {idle}
Restart=on-failure
RestartSec=10
NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
ExecStopPost=+/opt/simarena/bin/end-with-the-last
[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
# One for each core: a training uses one.
for number in $(seq "$(nproc)"); do
  systemctl enable --now "simarena-worker@$number.service"
done
"""


def user_data(settings: FleetSettings, worker: str) -> str:
    """Return the shell script that makes a fresh Debian machine this worker; it holds no secret."""
    return _SCRIPT.format(
        max_age_min=settings.max_age_min,
        release=shlex.quote(settings.release),
        region=settings.region,
        # systemd reads '%' as the beginning of a specifier, and '$' as a variable.
        uri=shlex.quote(settings.store).replace("%", "%%").replace("$", "$$"),
        worker=worker,
        idle=round(settings.idle_limit_min * 60),
    )
