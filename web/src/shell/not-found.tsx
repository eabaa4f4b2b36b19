import { Link, useLocation } from 'wouter';
import { Empty } from '../components/empty.tsx';
import { PageHead } from '../components/page-head.tsx';

export function NotFound() {
  const [path] = useLocation();
  return (
    <>
      <PageHead title="No such view" />
      <Empty title={`There is nothing at ${path}`}>
        <Link href="/">Back to the overview</Link>
      </Empty>
    </>
  );
}
