/** Who did it: a person, a token, a process. Ids of requests are shortened; the whole is in the title. */
export function Actor({ name }: { name: string }) {
  const short = name.replace(/\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '$1…');
  return short === name ? name : <span title={name}>{short}</span>;
}
