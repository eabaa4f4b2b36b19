import { Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Loading } from '../components/loading.tsx';
import { extensions } from '../pipelines/index.ts';
import { Overview } from '../views/overview/overview.tsx';
import { NotFound } from './not-found.tsx';

/** Every view of the page. Those of pipelines go first. */
export function Routes() {
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        {extensions
          .flatMap(({ routes = [] }) => routes)
          .map(({ path, component: View }) => (
            <Route key={path} path={path}>
              {(params) => <View {...params} />}
            </Route>
          ))}
        <Route path="/" component={Overview} />
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}
