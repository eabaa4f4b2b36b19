import { defineConfig } from 'vitepress';

const page = (text: string, link: string) => ({ text, link });

export default defineConfig({
  title: 'Switchyard',
  description: 'Insert a row in your own Postgres table; it runs as exactly one durable Temporal workflow.',
  srcDir: 'pages',
  outDir: '../../dist/docs',
  rewrites: (path) => path.replace(/(^|\/)README\.md$/, '$1index.md'),
  // Files of the repository that are no pages: code, migrations, folders.
  ignoreDeadLinks: [(url) => /\.(ts|sql|json|pdf|go|py|sh)$|^\.\/.*\/$/.test(url)],
  markdown: {
    // `{{…}}` in code is what it is, and no expression of Vue.
    config(md) {
      const render = md.renderer.rules.code_inline;
      md.renderer.rules.code_inline = (tokens, at, ...rest) => {
        tokens[at]?.attrSet('v-pre', '');
        return render?.(tokens, at, ...rest) ?? '';
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [page('Start', '/'), page('Questions', '/docs/'), page('SQL functions', '/docs/any-table')],
    sidebar: [
      {
        text: 'Begin',
        items: [
          page('What it is', '/'),
          page('Put my own table on it', '/docs/any-table'),
          page('From TypeScript', '/docs/typescript'),
          page('All questions', '/docs/'),
        ],
      },
      {
        text: 'Operate',
        items: [
          page('Deploying', '/docs/deploying'),
          page('Settings', '/docs/settings'),
          page('Where files are kept', '/docs/storage'),
          page('Security', '/docs/security'),
          page('Controlling jobs', '/docs/controlling-jobs'),
          page('The page', '/docs/page'),
          page('Command line', '/docs/command-line'),
          page('Doctor', '/docs/doctor'),
          page('Metrics, alerts, traces', '/docs/metrics'),
          page('Runbooks', '/docs/runbooks'),
          page('Upgrading', '/docs/upgrading'),
          page('Backup and restore', '/docs/backup-and-restore'),
          page('Many databases', '/docs/many-databases'),
          page("Temporal's Web UI", '/docs/temporal-web-ui'),
          page('What happens if …', '/docs/what-happens-if'),
          page('Troubleshooting', '/docs/troubleshooting'),
        ],
      },
      {
        text: 'Build on it',
        items: [
          page('HTTP API', '/docs/api'),
          page('SQL of each queue', '/docs/sql'),
          page('Webhooks', '/docs/webhooks'),
          page('Fenced queues', '/docs/adding-a-queue'),
          page('Workflows of several steps', '/docs/workflows-of-several-steps'),
          page('Changing workflows', '/docs/changing-workflows'),
          page('Testing an application', '/docs/testing-an-application'),
        ],
      },
      {
        text: 'Inside',
        items: [
          page('Architecture', '/docs/architecture'),
          page('Benchmarks', '/docs/benchmarks'),
          page('Scaling', '/docs/scaling'),
          page('Testing', '/docs/testing'),
          page('Contributing', '/CONTRIBUTING'),
        ],
      },
    ],
  },
});
