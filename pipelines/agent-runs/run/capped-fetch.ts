/** As `fetch`, but an answer larger than `maxBytes` ends with an error, and `onTooLarge` is called: the server may be hostile. */
export function cappedFetch(maxBytes: number, onTooLarge: () => void) {
  return async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(url, init);
    if (response.body === null) return response;
    let bytes = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          bytes += chunk.length;
          if (bytes <= maxBytes) {
            controller.enqueue(chunk);
            return;
          }
          onTooLarge();
          controller.error(new Error(`the answer is larger than ${maxBytes} bytes`));
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(counted, { status, statusText, headers });
  };
}
