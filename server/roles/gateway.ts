export { runGateway as gateway } from '../../pipelines/invoices/gateway/run.ts';
