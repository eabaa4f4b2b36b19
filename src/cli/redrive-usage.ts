export const redriveUsage = `usage: switchyard redrive start QUEUE --reason TEXT [--status STATES] [--code CODES] [--message TEXT] [--key KEYS]
         [--ended-after TIME] [--ended-before TIME] [--rate N] [--most-waiting N] [--paused] [--preview] [--yes] [--json]
       switchyard redrive list [--json]
       switchyard redrive show|pause|resume|cancel ID [--json]`;
