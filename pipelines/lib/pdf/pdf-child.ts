/**
 * The other end of {@link PdfProcess}, in a process that may be killed at any time and ends by itself when its parent is gone:
 * one answer to each command. `answer` must not reject. `preload` is done before the process says that it is ready.
 */
export async function answerCommands<Command, Answer>(
  answer: (command: Command) => Promise<Answer>,
  preload: () => Promise<unknown> = loadPdfWorker,
): Promise<void> {
  process.on('disconnect', () => process.exit());
  process.on('message', (command: Command) => {
    void answer(command).then((said) => process.send?.(said));
  });
  await preload();
  process.send?.('ready');
}

/** pdf.js would load it with the first PDF. */
const loadPdfWorker = (): Promise<unknown> =>
  import(import.meta.resolve('pdfjs-dist/legacy/build/pdf.worker.mjs'));
