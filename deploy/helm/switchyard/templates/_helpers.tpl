{{- define "switchyard.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "switchyard.selectorLabels" -}}
app.kubernetes.io/name: switchyard
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "switchyard.labels" -}}
{{ include "switchyard.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "switchyard.serviceAccount" -}}
{{ if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "switchyard.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{/* The image of a role: (list $ "worker") or (list $ "worker" version) */}}
{{- define "switchyard.image" -}}
{{- $ := index . 0 }}{{- $role := index . 1 }}{{- $version := dict }}{{- if gt (len .) 2 }}{{- $version = index . 2 }}{{- end }}
{{- $image := $.Values.image }}
{{- if and $.Values.starterImage.repository (has $role (list "starter" "api" "migrate")) }}{{- $image = $.Values.starterImage }}{{- end }}
{{- $digest := $version.digest | default (ternary "" $image.digest (not (empty $version.tag))) }}
{{- if $digest }}{{ $image.repository }}@{{ $digest }}{{ else }}{{ $image.repository }}:{{ $version.tag | default $image.tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "switchyard.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "switchyard.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What a container needs besides, to make sandboxes for commands: worker.sandbox */}}
{{- define "switchyard.sandboxSecurity" -}}
{{- range $field := list "seccompProfile" "appArmorProfile" }}
{{- with index $ $field }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- if .unmaskedProc }}
procMount: Unmasked
{{- end }}
{{- end }}

{{- define "switchyard.secret" -}}
valueFrom: { secretKeyRef: { name: {{ .name | quote }}, key: {{ .key | quote }} } }
{{- end }}

{{/* Where Temporal is and how to get in; of starter, worker and API. */}}
{{- define "switchyard.temporalEnv" -}}
- { name: TEMPORAL_ADDRESS, value: {{ required "temporal.address is needed: host:port of Temporal's frontend" .address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .namespace | quote }} }
{{- if or .tls .apiKey.existingSecret .clientCertificate.existingSecret .serverAuthority.existingSecret }}
- { name: TEMPORAL_TLS, value: "true" }
{{- end }}
{{- with .serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- with .apiKey }}{{ if .existingSecret }}
- name: TEMPORAL_API_KEY
  {{- include "switchyard.secret" (dict "name" .existingSecret "key" .key) | nindent 2 }}
{{- end }}{{ end }}
{{- with .clientCertificate }}{{ if .existingSecret }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /secrets/temporal-client/{{ .certificateKey }} }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /secrets/temporal-client/{{ .privateKeyKey }} }
{{- end }}{{ end }}
{{- with .serverAuthority }}{{ if .existingSecret }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /secrets/temporal-authority/{{ .key }} }
{{- end }}{{ end }}
{{- end }}

{{- define "switchyard.databaseEnv" -}}
- name: DATABASE_URL
  {{- include "switchyard.secret" (dict "name" (required "database.existingSecret is needed: the Secret that holds the address of the database" .existingSecret) "key" .key) | nindent 2 }}
{{- with .directKey }}
- name: DATABASE_DIRECT_URL
  {{- include "switchyard.secret" (dict "name" $.existingSecret "key" .) | nindent 2 }}
{{- end }}
{{- end }}

{{/* Settings of all roles, those of one before them: (list $ settingsOfTheRole) */}}
{{- define "switchyard.settings" -}}
{{- $ := index . 0 }}
{{- $all := merge (dict) (index . 1) $.Values.settings (dict "LOG_FORMAT" "json" "SHUTDOWN_GRACE_TIME" (mul $.Values.shutdownGraceSeconds 1000 | toString)) }}
{{- range $name, $value := $all }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- range $.Values.secretSettings }}
- name: {{ .name }}
  {{- include "switchyard.secret" (dict "name" .existingSecret "key" .key) | nindent 2 }}
{{- end }}
{{- end }}

{{/* The pod of a role: dict root, role, values, port, settings, temporal (bool), data (bool), version, health */}}
{{- define "switchyard.deployment" -}}
{{- $ := .root }}{{- $role := .role }}{{- $values := .values }}{{- $version := .version | default dict }}
{{- $name := include "switchyard.deploymentName" (list $ $role ($version.buildId | default "")) }}
{{- $labels := printf "%s\napp.kubernetes.io/component: %s" (include "switchyard.selectorLabels" $) $role }}
{{- if $version.buildId }}
{{- $labels = printf "%s\nswitchyard/build-id: %s" $labels ($version.buildId | quote) }}
{{- end }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "switchyard.labels" $ | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
spec:
  {{- if not (or $values.autoscaling.enabled (dig "keda" "enabled" false $values)) }}
  replicas: {{ $version.replicas | default $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels:
      {{- $labels | nindent 6 }}
  template:
    metadata:
      labels:
        {{- $labels | nindent 8 }}
      {{- with $values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "switchyard.serviceAccount" $ }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- if dig "sandbox" "unmaskedProc" false $values }}
      hostUsers: false
      {{- end }}
      # Longer than the grace time, and the 10 s in which what is not done by then is handed back.
      terminationGracePeriodSeconds: {{ add $.Values.shutdownGraceSeconds 20 }}
      securityContext:
        {{- include "switchyard.podSecurity" $ | nindent 8 }}
      {{- with $.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- $labels | nindent 14 }}
      {{- range $field := list "nodeSelector" "tolerations" "affinity" }}
      {{- with index $values $field }}
      {{ $field }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      containers:
        - name: {{ $role }}
          image: {{ include "switchyard.image" (list $ $role $version) | quote }}
          imagePullPolicy: {{ $.Values.image.pullPolicy }}
          args: [node, "--max-old-space-size={{ $values.heapMiB }}", --max-semi-space-size=2, server/{{ $role }}.js]
          securityContext:
            {{- include "switchyard.containerSecurity" $ | nindent 12 }}
            {{- with include "switchyard.sandboxSecurity" ($values.sandbox | default dict) | trim }}
            {{- . | nindent 12 }}
            {{- end }}
          ports:
            - { name: {{ .portName }}, containerPort: {{ .port }} }
          env:
            - name: WORKER_ID
              valueFrom: { fieldRef: { fieldPath: metadata.name } }
            {{- if .database }}
            {{- include "switchyard.databaseEnv" $.Values.database | nindent 12 }}
            {{- include "switchyard.temporalEnv" $.Values.temporal | nindent 12 }}
            {{- end }}
            {{- if $version.buildId }}
            - { name: WORKER_BUILD_ID, value: {{ $version.buildId | quote }} }
            - { name: WORKER_DEPLOYMENT, value: {{ include "switchyard.name" $ | quote }} }
            {{- end }}
            {{- if and $.Values.gateway.enabled .database (not (hasKey $.Values.settings "GATEWAY_URL")) }}
            - { name: GATEWAY_URL, value: "http://{{ include "switchyard.name" $ }}-gateway:8000" }
            {{- end }}
            {{- include "switchyard.settings" (list $ (merge (dict) $values.settings .settings)) | nindent 12 }}
          startupProbe:
            httpGet: { path: {{ .live }}, port: {{ .portName }} }
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: {{ .live }}, port: {{ .portName }} }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: {{ .ready }}, port: {{ .portName }} }
            periodSeconds: 5
            timeoutSeconds: 5
          {{- if .served }}
          # Until no proxy sends new requests any more.
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          {{- end }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            {{- if .data }}
            - { name: data, mountPath: /data }
            {{- end }}
            {{- if and .database $.Values.temporal.clientCertificate.existingSecret }}
            - { name: temporal-client, mountPath: /secrets/temporal-client, readOnly: true }
            {{- end }}
            {{- if and .database $.Values.temporal.serverAuthority.existingSecret }}
            - { name: temporal-authority, mountPath: /secrets/temporal-authority, readOnly: true }
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {}
        {{- if .data }}
        - name: data
          {{- if $.Values.persistence.enabled }}
          persistentVolumeClaim: { claimName: {{ $.Values.persistence.existingClaim | default (printf "%s-data" (include "switchyard.name" $)) }} }
          {{- else }}
          emptyDir: {}
          {{- end }}
        {{- end }}
        {{- with $.Values.temporal.clientCertificate.existingSecret }}
        - name: temporal-client
          secret: { secretName: {{ . | quote }}, defaultMode: 288 }
        {{- end }}
        {{- with $.Values.temporal.serverAuthority.existingSecret }}
        - name: temporal-authority
          secret: { secretName: {{ . | quote }}, defaultMode: 288 }
        {{- end }}
{{- end }}

{{/* The names of the Deployments of a role, as a list in JSON: (list $ "worker") */}}
{{- define "switchyard.deploymentNames" -}}
{{- $ := index . 0 }}{{- $role := index . 1 }}{{- $names := list }}
{{- $versions := list (dict) }}{{- if and (eq $role "worker") $.Values.worker.versions }}{{- $versions = $.Values.worker.versions }}{{- end }}
{{- range $versions }}{{- $names = append $names (include "switchyard.deploymentName" (list $ $role (.buildId | default ""))) }}{{- end }}
{{- toJson $names }}
{{- end }}

{{- define "switchyard.deploymentName" -}}
{{- $name := printf "%s-%s" (include "switchyard.name" (index . 0)) (index . 1) }}
{{- with index . 2 }}{{- $name = printf "%s-%s" $name (. | lower | replace "." "-" | replace "_" "-") }}{{- end }}
{{- $name | trunc 63 | trimSuffix "-" }}
{{- end }}
