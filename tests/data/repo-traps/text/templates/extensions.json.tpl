{"recommendations": ["{{ .id }}"]}
