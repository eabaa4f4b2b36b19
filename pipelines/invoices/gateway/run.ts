import { tmpdir } from 'node:os';
import type { ProcessContext } from 'pg-switchyard';
import { serveUntilAborted } from 'pg-switchyard/api';
import type { InvoiceSettings } from '../settings.ts';
import { Converters } from './converters.ts';
import { loadMappings } from './mappings.ts';
import { languagePackage, languagesOf } from './ocr/languages.ts';
import { Recognizers } from './ocr/recognizers.ts';
import { requirePackages } from './optional-package.ts';
import type { PoolLimits } from './process-pool.ts';
import { RuleChecks } from './rules/rule-checks.ts';
import { createServer } from './server.ts';
import type { GatewaySettings } from './settings.ts';
import { sweepWorkFolders } from './work-folder.ts';

/** How many PDFs may wait for each that is converted; more are refused with 503. */
const waitingEach = 20;

/**
 * The gateway role: from settings to a clean end at the signal. Conversions under way may go on for the grace time.
 * @throws {SetupError} for a wrong mapping file, an address that cannot be listened on, or a package that a setting asks for and that is
 * not installed
 */
export async function runGateway({
  settings,
  log,
  signal,
}: ProcessContext<InvoiceSettings & GatewaySettings>): Promise<void> {
  const mappings = await loadMappings(settings.mappingsDir);
  const swept = await sweepWorkFolders(tmpdir());
  if (swept > 0) log.info({ swept }, 'removed folders that a killed gateway left');
  const limits: PoolLimits = {
    concurrency: settings.gatewayConcurrency,
    memoryMiB: settings.gatewayMemoryMiB,
    timeoutMs: settings.gatewayProcessTimeoutMs,
    waitingEach,
  };
  const checks = ruleChecks(settings, limits);
  const recognizers = ocr(settings, limits);
  const converters = new Converters(limits);
  try {
    await Promise.all([converters.ready(), checks?.ready(), recognizers?.ready()]);
    const app = await createServer({
      converters,
      mappings,
      maxUploadBytes: settings.maxUploadBytes,
      refuseIncomplete: settings.gatewayIncomplete === 'refuse',
      recognizers,
      resultCheck: checks && { checks, refuse: settings.gatewayValidate === 'refuse' },
      log,
    });
    await serveUntilAborted(app, {
      name: 'gateway',
      host: settings.gatewayHost,
      port: settings.gatewayPort,
      settings: 'GATEWAY_HOST and GATEWAY_PORT',
      graceMs: settings.shutdownGraceMs,
      signal,
      log,
    });
  } finally {
    await Promise.all([converters.close(), checks?.close(), recognizers?.close()]);
  }
}

function ruleChecks({ gatewayValidate }: GatewaySettings, limits: PoolLimits): RuleChecks | undefined {
  if (gatewayValidate === 'off') return undefined;
  requirePackages(`GATEWAY_VALIDATE=${gatewayValidate}`, ['saxon-js@2.7.0']);
  return new RuleChecks(limits);
}

function ocr(
  { gatewayOcr, gatewayOcrLanguages }: GatewaySettings,
  limits: PoolLimits,
): Recognizers | undefined {
  if (gatewayOcr === 'off') return undefined;
  const languages = languagesOf(gatewayOcrLanguages);
  requirePackages('GATEWAY_OCR=on', [
    'tesseract.js@7.0.0',
    '@napi-rs/canvas',
    ...languages.map((language) => `${languagePackage(language)}@1.0.0`),
  ]);
  return new Recognizers(limits, languages);
}
