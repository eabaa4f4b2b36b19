/** Why a build or a deployment fails, besides the engine's own codes. */
export const BuildErrorCode = {
  /** The repository did not give its commit. */
  CLONE_FAILED: 'CLONE_FAILED',
  /** The repository or the build command is refused, the command failed, or its output is no artifact. */
  BUILD_FAILED: 'BUILD_FAILED',
  /** The build did not succeed, or its artifact cannot be deployed. */
  DEPLOYMENT_FAILED: 'DEPLOYMENT_FAILED',
} as const;
