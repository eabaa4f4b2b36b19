/** A pipeline's tests lie with it; they may compose what they test. */
const tests = '^pipelines/[^/]+/test/';

/** What tests the engine alone, a folder for each of its parts; others test what is built on it. */
const engineTests =
  '^test/(activities|api|identity|model|operations|package|platform|queues|reconciler|starter|storage|verify|watched|worker|workflows)/';

/** The import directions of docs/architecture.md. A folder that a rule does not name may be imported by all. */
const only = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from },
  to: { path: '^(src|pipelines|server)/', pathNot: to },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only('engine-knows-no-application', '^src/', '^src/', 'pipelines and the server are built on the engine'),
    only('platform-stands-alone', '^src/platform/', '^src/platform/', 'platform imports none of the others'),
    only('queues-are-data', '^src/queues/', '^src/(queues|platform)/', 'queue definitions know no process'),
    only(
      'settings',
      '^src/settings/',
      '^src/(settings|platform)/',
      'what the environment says, for all processes',
    ),
    only('sql', '^src/sql/', '^src/(sql|queues|platform)/', 'the statements know no process'),
    only('client', '^src/client/', '^src/(client|sql|platform)/', 'it is loaded by web servers and the like'),
    only(
      'registry',
      '^src/registry/',
      '^src/(registry|sql|queues|platform)/',
      'which queues there are now, for all processes',
    ),
    only(
      'verify',
      '^src/verify/',
      '^src/(verify|sql|queues|platform)/',
      'whether the database fits, for all who serve it',
    ),
    only(
      'identity',
      '^src/identity/',
      '^src/(identity|registry|sql|queues|platform)/',
      'which database this is, for all who serve it',
    ),
    only(
      'starter',
      '^src/starter/',
      '^src/(starter|operations|storage|verify|identity|registry|sql|queues|platform)/',
      'the starter knows no other process',
    ),
    only(
      'api',
      '^src/api/',
      '^src/(api|operations|storage|verify|registry|sql|queues|platform)/',
      'the API knows no other process',
    ),
    only(
      'operations',
      '^src/operations/',
      '^src/((operations|storage|verify|identity|registry|sql|queues|platform)/|starter/(admission|key-turns)[.])',
      'what people do and look at, for API and command line alike',
    ),
    only('storage', '^src/storage/', '^src/(storage|platform)/', 'where files are kept, for all processes'),
    only(
      'activities',
      '^src/activities/',
      '^src/(activities|storage|registry|sql|queues|platform)/',
      'activities know no process',
    ),
    only(
      'worker',
      '^src/worker/',
      '^src/(worker|activities|storage|verify|identity|registry|sql|queues|platform)/',
      'workflows are bundled by path, not imported',
    ),
    {
      name: 'applications-name-the-package',
      severity: 'error',
      comment: 'what it exports in package.json is its public face; what lies behind that may change',
      from: { path: '^(pipelines|server)/', pathNot: tests },
      to: { path: '^src/', dependencyTypes: ['local'] },
    },
    {
      name: 'pipelines-know-no-server',
      severity: 'error',
      comment: 'the server composes the pipelines',
      from: { path: '^pipelines/', pathNot: tests },
      to: { path: '^server/' },
    },
    {
      name: 'pipelines-know-no-other',
      severity: 'error',
      comment: 'what pipelines share is in lib',
      from: { path: '^pipelines/([^/]+)/' },
      to: { path: '^pipelines/', pathNot: '^pipelines/($1|lib)/' },
    },
    {
      name: 'lib-knows-no-pipeline',
      severity: 'error',
      from: { path: '^pipelines/lib/' },
      to: { path: '^pipelines/', pathNot: '^pipelines/lib/' },
    },
    {
      name: 'no-op-jobs-name-the-package',
      severity: 'error',
      comment:
        'they are composed as a stranger would; the servers that they run on are those of the other benchmarks',
      from: { path: '^bench/no-op/' },
      to: {
        path: '^(src|pipelines|server|test)/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'engine-tests-know-no-pipeline',
      severity: 'error',
      comment: "nor by way of what they share: their jobs are letters and parcels, which are nobody's",
      from: { path: engineTests },
      to: { path: '^pipelines/', reachable: true },
    },
    {
      name: 'engine-tests-know-no-server',
      severity: 'error',
      comment: 'but for the servers that it starts for developers, and their ports',
      from: { path: [engineTests, '^test/support/(letters|parcels)/'] },
      to: { path: '^server/', pathNot: '^server/dev/' },
    },
    {
      name: 'workflows-are-deterministic',
      severity: 'error',
      comment: 'of activities workflows import types alone, and nothing that is not replayed',
      from: { path: ['^src/workflows/', '^pipelines/.*workflow[.]ts$'] },
      to: {
        pathNot: '^(src/(workflows|queues)/|node_modules/@temporalio/(workflow|common)/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-dev-in-product',
      severity: 'error',
      from: { path: '^(src|pipelines|server)/', pathNot: ['^server/dev/', tests] },
      to: { path: ['^(server/dev|test|bench|chaos)/', tests] },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      comment: 'it is the face for tests of applications',
      from: { path: '^(src|pipelines|server)/', pathNot: ['^src/testing/', tests] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'declares-what-it-imports',
      severity: 'error',
      comment: "each part's package.json names the packages that the part imports",
      from: { path: '^(src|pipelines|server)/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-dev-packages-in-product',
      severity: 'error',
      comment:
        'the image is installed without devDependencies; what only a setting asks for is an optional peer',
      from: { path: '^(src|pipelines|server)/', pathNot: ['^server/dev/', tests] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '\\.d\\.ts$' }, to: {} },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Built from web/.
    exclude: { path: '^src/page/' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
