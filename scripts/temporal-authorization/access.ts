import { execFileSync } from 'node:child_process';
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAccess } from '../../server/dev/temporal-cluster/config.ts';

/** The files that a cluster with `access` reads, and what its clients show. */
export interface Access {
  cluster: ClusterAccess;
  client: { certificate: string; privateKey: string };
  /** A token for an hour, with permissions such as `default:write`. */
  tokenFor(...permissions: string[]): string;
}

/** Makes an authority, two certificates and a key that signs tokens, below a folder. Needs `openssl`. */
export function makeAccess(folder: string): Access {
  const file = (name: string) => join(folder, name);
  const authority = file('authority.pem');
  const make = (args: string) => execFileSync('openssl', args.split(' '), { cwd: folder, stdio: 'pipe' });
  const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
  make(`req -x509 ${ec} -keyout authority.key -out authority.pem -subj /CN=authority`);
  for (const name of ['server', 'client']) {
    writeFileSync(file(`${name}.cnf`), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    make(
      `req ${ec.replace('-days 2', '')} -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`.replace(
        / +/g,
        ' ',
      ),
    );
    make(
      `x509 -req -in ${name}.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile ${name}.cnf -out ${name}.pem`,
    );
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }];
  writeFileSync(file('keys.json'), JSON.stringify({ keys }));
  return {
    cluster: {
      keySet: file('keys.json'),
      authority,
      certificate: file('server.pem'),
      privateKey: file('server.key'),
    },
    client: { certificate: file('client.pem'), privateKey: file('client.key') },
    tokenFor: (...permissions) => {
      const expires = Math.floor(Date.now() / 1000) + 3_600;
      const parts = [
        { alg: 'ES256', typ: 'JWT', kid },
        { sub: 'switchyard', exp: expires, permissions },
      ];
      const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      const signature = createSign('SHA256')
        .update(text)
        .sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    },
  };
}
