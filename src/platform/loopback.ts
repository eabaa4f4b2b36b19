export const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Whether only this machine can reach what listens there: a name or address, with or without a port. */
export function isLoopback(listensOn: string): boolean {
  const name = hostnameOf(listensOn);
  return loopbackNames.includes(name) || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The name in a `Host` header or address, without its port, as URLs write it; empty when there is none. */
export function hostnameOf(host: string | undefined): string {
  const bare = host?.includes('::') && !host.startsWith('[') ? `[${host}]` : host;
  const url = `http://${bare ?? ''}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}
