{{- define "mobu.labels" -}}
app: "mobu"
{{- end }}
{{- define "mobu.fullname" -}}
mobu
{{- end }}
