/** The method of a route as Fastify reports it. */
export const methodOf = ({ method }: { method: string | string[] }): string =>
  Array.isArray(method) ? (method[0] ?? 'GET') : method;
