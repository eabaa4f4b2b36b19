/** The method of a route as Fastify tells of it. */
export const methodOf = ({ method }: { method: string | string[] }): string =>
  Array.isArray(method) ? (method[0] ?? 'GET') : method;
