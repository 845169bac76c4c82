package diagnoses

import "github.com/lsst-sqre/muster/validation/verdict"

// alters is the check that compares Muster's GafaelfawrIngresses with what its chart writes.
const alters = "TestMusterIngresses"

// alteredHoles are holes of the one GafaelfawrIngress of Muster that is not as its chart writes it.
var alteredHoles = []rule{
	{
		says: "A path of Muster lets in callers that it must refuse, because its GafaelfawrIngress was altered " +
			"({field}). Other applications are not open for that. Sync the Application muster, which writes it anew.",
		symptoms: []symptom{found(alters, verdict.CodeDifference)},
		edited:   true,
	},
	{
		says: "A path of Muster lets in everyone, because its GafaelfawrIngress is missing and the anonymous one of the " +
			"prefix answers. Sync the Application muster, which writes it anew.",
		symptoms: []symptom{missing(alters, "GafaelfawrIngress")},
		edited:   true,
	},
}

// altered are causes of the same kind that let no caller in.
var altered = []rule{
	{
		says: "A GafaelfawrIngress of Muster's own was altered ({field}), and its Ingress follows: what fails at its path " +
			"is no fault of Gafaelfawr's. Sync the Application muster, which writes it anew.",
		symptoms: []symptom{found(alters, verdict.CodeDifference)},
		edited:   true,
	},
	{
		says: "A GafaelfawrIngress of Muster's own is missing, and another Ingress answers at its path. Sync the " +
			"Application muster, which writes it anew.",
		symptoms: []symptom{missing(alters, "GafaelfawrIngress")},
		edited:   true,
	},
}

// severalAltered is said where several GafaelfawrIngresses of Muster are not as its chart writes them, or
// where Gafaelfawr's operator does not follow.
var severalAltered = []rule{{
	says: "GafaelfawrIngresses of Muster's own are not as its chart writes them: somebody edited them, or a sync " +
		"stopped half-way. Sync the Application muster.",
	symptoms: []symptom{fails(alters)},
}}
