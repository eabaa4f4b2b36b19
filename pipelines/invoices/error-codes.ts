/** Why the gateway did not convert a PDF. */
export const GatewayErrorCode = {
  GW_4XX: 'GW_4XX',
  GW_5XX: 'GW_5XX',
  GW_TIMEOUT: 'GW_TIMEOUT',
  GW_BAD_XML: 'GW_BAD_XML',
} as const;
