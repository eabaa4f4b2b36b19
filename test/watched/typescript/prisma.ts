import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated-prisma-client.js';

/** A client without models, with the types that `prisma generate` writes. */
export interface Prisma {
  $queryRawUnsafe<T = unknown>(text: string, ...values: unknown[]): PromiseLike<T>;
  $executeRaw(text: TemplateStringsArray, ...values: unknown[]): PromiseLike<number>;
  $executeRawUnsafe(text: string, ...values: unknown[]): PromiseLike<number>;
  $transaction<T>(work: (tx: Omit<Prisma, '$transaction' | '$disconnect'>) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

export const openPrisma = (connectionString: string): Prisma =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString }) }) as unknown as Prisma;
