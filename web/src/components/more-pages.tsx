import { Button } from './button.tsx';

interface MorePagesProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** Reads the next page of a list, where there is one. */
export function MorePages({ query }: MorePagesProps) {
  if (!query.hasNextPage) return null;
  return (
    <p className="table-foot">
      <Button size="small" isDisabled={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
        {query.isFetchingNextPage ? 'Loading …' : 'Show more'}
      </Button>
    </p>
  );
}
