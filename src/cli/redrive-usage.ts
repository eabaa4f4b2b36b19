export const redriveUsage = `usage: switchyard redrive start QUEUE --reason TEXT [--action retry|cancel] [--status STATES] [--code CODES] [--message TEXT]
         [--q TEXT] [--key KEYS] [--column NAME=VALUE] [--created-after TIME] [--created-before TIME] [--ended-after TIME]
         [--ended-before TIME] [--rate N] [--most-waiting N] [--paused] [--preview] [--yes] [--json]
       switchyard redrive list [--json]
       switchyard redrive show|pause|resume|cancel ID [--json]`;
