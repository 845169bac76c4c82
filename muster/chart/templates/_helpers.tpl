{{- define "muster.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The selector may not change: that of an installed Deployment cannot. */}}
{{- define "muster.selectorLabels" -}}
app.kubernetes.io/name: "muster"
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "muster.labels" -}}
helm.sh/chart: {{ include "muster.chart" . | quote }}
{{ include "muster.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{/* The validation's pods must not be taken for the server's. */}}
{{- define "muster.validation.selectorLabels" -}}
app.kubernetes.io/name: "muster-validation"
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "muster.validation.labels" -}}
helm.sh/chart: {{ include "muster.chart" . | quote }}
{{ include "muster.validation.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{/* The runner belongs to the validation: both or neither. */}}
{{- define "muster.runner.enabled" -}}
{{- if and .Values.validation.enabled .Values.runner.enabled }}yes{{ end }}
{{- end }}

{{- define "muster.runner.selectorLabels" -}}
app.kubernetes.io/name: "muster-runner"
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "muster.runner.labels" -}}
helm.sh/chart: {{ include "muster.chart" . | quote }}
{{ include "muster.runner.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{- define "muster.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "muster.host" -}}
{{ required "global.host must be set" .Values.global.host }}
{{- end }}

{{- define "muster.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: "RuntimeDefault"
{{- end }}

{{- define "muster.containerSecurityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop:
    - "ALL"
readOnlyRootFilesystem: true
{{- end }}

{{- define "muster.routesFile" -}}
{{ .Files.Get "files/routes.yaml" | replace "$scope" (.Values.config.scope | quote) }}
{{- end }}

{{/*
All ingresses of the server as YAML: a list of name, path, pathType and config.
*/}}
{{- define "muster.routes" -}}
{{- $prefix := .Values.config.pathPrefix }}
{{- $file := include "muster.routesFile" . | fromYaml }}
{{- $all := list }}
{{- range $file.routes }}
{{- $all = append $all (dict "name" (print "muster-" .name) "path" (print $prefix .path) "pathType" .pathType "config" .config) }}
{{- end }}
{{- range $file.probes }}
{{- $page := ternary .config (merge (dict "loginRedirect" true) .config) (default false .noLogin) }}
{{- $all = append $all (dict "name" (print "muster-probe-" .name) "path" (print $prefix "/probes/" .name) "pathType" "Exact" "config" .config) }}
{{- $all = append $all (dict "name" (print "muster-page-" .name) "path" (print $prefix "/pages/" .name) "pathType" "Exact" "config" $page) }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{/*
The environment file of the suite: what the values say, then what follows from
the others.
*/}}
{{- define "muster.environment" -}}
{{- $defaults := dict
      "url" (.Values.global.baseUrl | default (print "https://" (include "muster.host" .)))
      "scope" .Values.config.scope
      "muster" (dict "deployed" "go" "path" .Values.config.pathPrefix) }}
{{- if .Values.extraCA.configMap }}
{{- $_ := set $defaults "ca" "ca.crt" }}
{{- end }}
{{- if not .Values.validation.environment.bootstrap }}
{{- $_ := set $defaults "bootstrap" (dict "secret" (dict "namespace" "gafaelfawr" "name" "gafaelfawr" "key" "bootstrap-token")) }}
{{- end }}
{{- $environment := mergeOverwrite $defaults (deepCopy .Values.validation.environment) }}
{{- $_ := set $environment "features" (append ($environment.features | default list) "inside" | uniq) }}
{{- toYaml $environment }}
{{- end }}

{{/*
A GafaelfawrIngress: of .root, for the .route of files/routes.yaml, to .service,
with .labels.
*/}}
{{- define "muster.ingress" -}}
---
apiVersion: gafaelfawr.lsst.io/v1alpha1
kind: GafaelfawrIngress
metadata:
  name: {{ .route.name | quote }}
  labels:
    {{- .labels | nindent 4 }}
config:
  {{- toYaml .route.config | nindent 2 }}
template:
  metadata:
    name: {{ .route.name | quote }}
    {{- with .root.Values.ingress.annotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    rules:
      - host: {{ include "muster.host" .root | quote }}
        http:
          paths:
            - path: {{ .route.path | quote }}
              pathType: {{ .route.pathType | quote }}
              backend:
                service:
                  name: {{ .service | quote }}
                  port:
                    number: 8080
    {{- with .root.Values.ingress.tlsSecretName }}
    tls:
      - hosts:
          - {{ include "muster.host" $.root | quote }}
        # Gafaelfawr's operator refuses an entry without it.
        secretName: {{ . | quote }}
    {{- end }}
{{- end }}
