/** The new step of the changed workflows. */
export interface CheckActivities {
  checkUpload(jobId: string): Promise<void>;
}
