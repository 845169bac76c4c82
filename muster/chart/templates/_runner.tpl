{{/* The keys that the runner needs of its Secret, as YAML; empty if none. */}}
{{- define "muster.runner.secrets" -}}
{{- if .Values.runner.sentry.enabled -}}
- key: "sentry-dsn"
  path: "sentry-dsn"
{{ end }}
{{- if .Values.config.slackAlerts -}}
- key: "slack-webhook"
  path: "slack-webhook"
{{- end }}
{{- end }}
