{{- define "muster.labels" -}}
app: "muster"
{{- end }}
{{- define "muster.fullname" -}}
muster
{{- end }}
