{{- define "omicselector2.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels by which pods are found: never changed for a release. */}}
{{- define "omicselector2.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "omicselector2.labels" -}}
{{ include "omicselector2.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "omicselector2.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Keys that a cluster cannot start without; those that it can. */}}
{{- define "omicselector2.secretKeys" -}}
DATABASE_URL REDIS_URL MINIO_ACCESS_KEY MINIO_SECRET_KEY SECRET_KEY
{{- end }}

{{/* One line for what is missing, before anything is sent to the cluster. */}}
{{- define "omicselector2.check" -}}
{{- if and .Values.existingSecret .Values.secrets }}{{ fail "give existingSecret or secrets, not both" }}{{ end }}
{{- if not (or .Values.existingSecret .Values.secrets) }}{{ fail "set existingSecret to the name of a Secret with DATABASE_URL, REDIS_URL, MINIO_ACCESS_KEY, MINIO_SECRET_KEY and SECRET_KEY: there are no default secrets" }}{{ end }}
{{- if .Values.secrets }}{{ range splitList " " (include "omicselector2.secretKeys" .) }}{{ if not (index $.Values.secrets .) }}{{ fail (printf "secrets.%s is missing: there are no default secrets" .) }}{{ end }}{{ end }}{{ end }}
{{- range list "MINIO_ENDPOINT" "S3_BUCKET" }}{{ if not (index $.Values.config .) }}{{ fail (printf "config.%s is missing" .) }}{{ end }}{{ end }}
{{- end }}

{{- define "omicselector2.secretName" -}}
{{ .Values.existingSecret | default (include "omicselector2.name" .) }}
{{- end }}

{{/* Environment of every container. Takes a dict: root, secretName, more (names to values). */}}
{{- define "omicselector2.env" -}}
{{- $name := .secretName }}
{{- range splitList " " (include "omicselector2.secretKeys" .root) }}
- name: {{ . }}
  valueFrom: { secretKeyRef: { name: {{ $name }}, key: {{ . }} } }
{{- end }}
- name: METRICS_TOKEN
  valueFrom: { secretKeyRef: { name: {{ $name }}, key: METRICS_TOKEN, optional: true } }
{{- range $key, $value := .more }}
- { name: {{ $key }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- range $key, $value := .root.Values.config }}
{{- if not (hasKey $.more $key) }}
- { name: {{ $key }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{- define "omicselector2.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "omicselector2.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Placement of the pods of a component. Takes a dict: root, component. */}}
{{- define "omicselector2.placement" -}}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "omicselector2.selector" $.root | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Annotations that roll the pods when what they read at start has changed. */}}
{{- define "omicselector2.podAnnotations" -}}
checksum/settings: {{ toJson (dict "config" .Values.config "secrets" .Values.secrets "secret" .Values.existingSecret) | sha256sum }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}
