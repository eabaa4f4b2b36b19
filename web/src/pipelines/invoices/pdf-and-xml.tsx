import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { apiPath } from '../../api/request.ts';
import type { JobDetail } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { Panel } from '../../components/panel.tsx';
import { QueryView } from '../../components/query-view.tsx';
import { Beside } from '../shared/beside.tsx';
import PdfView from '../shared/pdf-view.tsx';
import { copyText, saveFile } from '../shared/save.ts';
import { XmlView } from '../shared/xml-view.tsx';
import { GatewayReportView } from './gateway-report.tsx';
import { type InvoiceJob, invoiceQuery, pdfQuery, xmlQuery } from './queries.ts';

/** The PDF of a job beside its XML. */
export default function PdfAndXml({ job }: { job: JobDetail }) {
  const invoice = useQuery(invoiceQuery(job.id));
  return (
    <QueryView query={invoice}>
      {(data) => (
        <Beside
          parts={[
            { title: 'PDF', content: <Pdf invoice={data} /> },
            { title: 'XML', content: <Xml invoice={data} /> },
          ]}
        />
      )}
    </QueryView>
  );
}

function Pdf({ invoice }: { invoice: InvoiceJob }) {
  const pdf = useQuery(pdfQuery(invoice.id));
  const save = () => void saveFile(apiPath`/api/jobs/${invoice.id}/pdf`, invoice.originalName);
  return (
    <Panel
      title="PDF"
      end={
        <Button size="small" onPress={save}>
          Download PDF
        </Button>
      }
    >
      <QueryView query={pdf}>{(data) => <PdfView data={data} label={invoice.originalName} />}</QueryView>
    </Panel>
  );
}

function Xml({ invoice }: { invoice: InvoiceJob }) {
  const xml = useQuery(xmlQuery(invoice));
  const name = `${invoice.originalName.replace(/\.pdf$/i, '')}.xml`;
  const editor = `/mappings?${new URLSearchParams({ start: invoice.mapping, job: invoice.id })}`;
  const actions = xml.data !== undefined && (
    <>
      <Link className="small" href={editor}>
        Try another mapping
      </Link>
      <Button size="small" onPress={() => void copyText(xml.data)}>
        Copy XML
      </Button>
      <Button size="small" onPress={() => void saveFile(apiPath`/api/jobs/${invoice.id}/result`, name)}>
        Download XML
      </Button>
    </>
  );
  return (
    <Panel title={`XML by the mapping ${invoice.mapping}`} end={actions}>
      {invoice.result === null ? (
        <p className="muted">{whyNone(invoice)}</p>
      ) : (
        <>
          {invoice.result.report && <GatewayReportView report={invoice.result.report} />}
          <QueryView query={xml}>{(text) => <XmlView xml={text} label={name} />}</QueryView>
        </>
      )}
    </Panel>
  );
}

function whyNone({ status, error }: InvoiceJob): string {
  if (error !== null) return `There is none: ${error.message ?? error.code}`;
  if (status === 'canceled') return 'There is none: the job was canceled.';
  return 'It is shown here as soon as the job is complete.';
}
