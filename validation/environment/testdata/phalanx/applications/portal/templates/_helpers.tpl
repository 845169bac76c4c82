{{- define "portal.labels" -}}
app: "portal"
{{- end }}
{{- define "portal.fullname" -}}
portal
{{- end }}
