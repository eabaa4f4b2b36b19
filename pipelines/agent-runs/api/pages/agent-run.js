import { followRun } from './follow-run.js';

/** So many characters of a log are shown; the whole of it is an artifact. */
const mostLog = 1_000_000;
const tokenKey = 'switchyard-token';

const id = decodeURIComponent(location.pathname.split('/').at(-1) ?? '');
/** @param {string} name */
const at = (name) => /** @type {HTMLElement} */ (document.getElementById(name));
const log = at('log');

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
async function ask(path, options = {}) {
  const token = sessionStorage.getItem(tokenKey);
  const headers = { ...options.headers, ...(token !== null && { authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  at('token').hidden = response.status !== 401;
  return response;
}

/** Whatever a run says is text, never markup. @param {unknown} run */
function showRun(run) {
  const { session, lane, status, attempt, priority, question, result, error, ...times } =
    /** @type {Record<string, any>} */ (run);
  document.title = `${status}: agent run`;
  at('status').textContent = status;
  at('status').dataset.status = status;
  const facts = {
    Session: session,
    Lane: lane,
    Attempt: attempt,
    Priority: priority,
    Created: times.createdAt,
    Started: times.claimedAt,
    'Last sign of life': times.heartbeatAt,
    Ended: times.finishedAt,
    Branch: result?.branch,
    Commit: result?.commit,
    Error: error && `${error.code}: ${error.message}`,
  };
  at('facts').replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [element('dt', name), element('dd', String(value))],
    ),
  );
  showQuestion(question);
}

/** @param {{ step: string, message: string, answerBy: string } | null} question */
function showQuestion(question) {
  at('question').hidden = question === null;
  if (question === null) return;
  at('question').dataset.step = question.step;
  at('asks').textContent = `${question.message} (until ${question.answerBy})`;
}

/** @param {string} name @param {string} text */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** With a token a link would not do: it sends none. @param {{ name: string, href: string }} artifact */
function download({ name, href }) {
  const button = element('button', name);
  button.addEventListener('click', async () => {
    const response = await ask(href);
    if (!response.ok) return showProblem(`${name}: the API answered ${response.status}`);
    const link = Object.assign(document.createElement('a'), {
      href: URL.createObjectURL(await response.blob()),
      download: name,
    });
    link.click();
    URL.revokeObjectURL(link.href);
  });
  return button;
}

/** @param {string} problem */
function showProblem(problem) {
  at('problem').hidden = problem === '';
  at('problem').textContent = problem;
}

at('question').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const output = /** @type {HTMLElement} */ (form.querySelector('output'));
  try {
    const value = JSON.parse(String(new FormData(form).get('value')));
    const response = await ask(`/api/agent-runs/${encodeURIComponent(id)}/answer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ step: form.dataset.step, value }),
    });
    output.textContent = response.ok ? 'sent' : (await response.json()).detail;
  } catch (error) {
    output.textContent = String(error);
  }
});

at('token').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  sessionStorage.setItem(tokenKey, String(new FormData(form).get('token')).trim());
  location.reload();
});

at('id').textContent = id;
await followRun({
  id,
  ask,
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  signal: new AbortController().signal,
  view: {
    run: showRun,
    logBegins: () => log.replaceChildren(),
    log(text) {
      const follows = log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
      const room = mostLog - (log.textContent ?? '').length;
      log.append(text.slice(0, Math.max(room, 0)));
      if (follows) log.scrollTop = log.scrollHeight;
    },
    artifacts(artifacts) {
      at('left').hidden = artifacts.length === 0;
      at('artifacts').replaceChildren(
        ...artifacts.map((artifact) => {
          const row = document.createElement('tr');
          const name = document.createElement('td');
          name.append(download(artifact));
          row.append(name, element('td', String(artifact.bytes)), element('td', artifact.sha256));
          return row;
        }),
      );
    },
    problem: showProblem,
  },
});
