/**
 * The other end of {@link PdfProcess}, in a process that may be killed at any time and ends by itself when its parent is gone:
 * one answer to each task. `answer` must not reject.
 */
export async function answerTasks<Task, Answer>(answer: (task: Task) => Promise<Answer>): Promise<void> {
  process.on('disconnect', () => process.exit());
  process.on('message', (task: Task) => {
    void answer(task).then((said) => process.send?.(said));
  });
  // pdf.js would load this with the first PDF.
  await import(import.meta.resolve('pdfjs-dist/legacy/build/pdf.worker.mjs'));
  process.send?.('ready');
}
