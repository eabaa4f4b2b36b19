/**
 * The other end of {@link PdfProcess}, in a process that may be killed at any time and ends by itself when its parent is gone:
 * one answer to each command. `answer` must not reject.
 */
export async function answerCommands<Command, Answer>(
  answer: (command: Command) => Promise<Answer>,
): Promise<void> {
  process.on('disconnect', () => process.exit());
  process.on('message', (command: Command) => {
    void answer(command).then((said) => process.send?.(said));
  });
  // pdf.js would load this with the first PDF.
  await import(import.meta.resolve('pdfjs-dist/legacy/build/pdf.worker.mjs'));
  process.send?.('ready');
}
