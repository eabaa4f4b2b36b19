import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Service {
  image: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  entrypoint?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  mem_limit?: string;
  security_opt?: string[];
  restart?: string;
  stop_grace_period?: string;
}

/** `docker-compose.yml` as Compose reads it when its variables are not set: `${NAME:-default}` is the default. */
const text = readFileSync('docker-compose.yml', 'utf8').replace(/\$\{\w+:-(\w*)\}/g, '$1');

export const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
export const services = Object.entries(compose.services);
/** The services that run our image. */
export const ours = services.filter(([, service]) => service.image === 'switchyard');

/** @throws when there is no such service */
export function serviceOf(name: string): Service {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service "${name}"`);
  return service;
}

/** The address that a service's health check asks. */
export function healthUrlOf(name: string): URL {
  const test = serviceOf(name).healthcheck?.test ?? [];
  return new URL(test.at(-1) ?? '');
}
