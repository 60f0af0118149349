/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* explain.cc - candidates and their requirements, in C++17: explain MANIFEST [EVENT...] */
#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

#include <featsel.h>

template <auto release> struct Release {
	template <typename T> void operator()(T *object) const { release(object); }
};
using Context = std::unique_ptr<featsel_context, Release<featsel_context_free>>;
using Manifest = std::unique_ptr<featsel_manifest, Release<featsel_manifest_free>>;
using Host = std::unique_ptr<featsel_host, Release<featsel_host_free>>;
using Plan = std::unique_ptr<featsel_plan, Release<featsel_plan_free>>;

template <typename T, typename Function, typename... Arguments>
T make(Function function, Arguments... arguments)
{
	typename T::pointer made = nullptr;
	featsel_error error = {};

	if (function(arguments..., &made, &error))
		throw std::runtime_error(error.text);
	return T(made);
}

void explain_candidate(const featsel_plan *plan, size_t event, size_t candidate)
{
	featsel_answer answer = {};
	answer.size = sizeof(answer);
	featsel_plan_answer(plan, event, candidate, &answer);
	const auto *of = featsel_event_candidate(featsel_plan_event(plan, event), candidate);
	std::cout << "  " << featsel_candidate_name(of) << ": "
		  << featsel_verdict_name(answer.verdict) << '\n';
	for (size_t i = 0; i < featsel_plan_requirements(plan, event, candidate); i++) {
		featsel_requirement_view view = {};
		view.size = sizeof(view);
		featsel_plan_requirement(plan, event, candidate, i, &view);
		std::cout << "    " << featsel_verdict_name(view.answer->verdict) << ' '
			  << view.feature << ": " << view.answer->evidence << '\n';
	}
}

void explain(const char *path, const std::vector<featsel_request> &requests)
{
	auto context = make<Context>(featsel_context_new);
	auto manifest = make<Manifest>(featsel_manifest_new, context.get());
	featsel_error error = {};

	if (featsel_manifest_add(manifest.get(), path, &error))
		throw std::runtime_error(error.text);
	auto host = make<Host>(featsel_host_open_live, context.get(), FEATSEL_HOST_THOROUGH);
	auto plan = make<Plan>(featsel_plan_make, manifest.get(), host.get(), requests.data(),
			       requests.size(), nullptr, 0, FEATSEL_PLAN_ALL);

	for (size_t i = 0; i < featsel_plan_events(plan.get()); i++) {
		const featsel_event *event = featsel_plan_event(plan.get(), i);
		std::cout << featsel_event_name(event) << '\n';
		for (size_t j = 0; j < featsel_event_candidates(event); j++)
			explain_candidate(plan.get(), i, j);
	}
}
int main(int argc, char **argv)
{
	std::vector<featsel_request> requests;
	for (int i = 2; i < argc; i++)
		requests.push_back({argv[i], nullptr});
	try {
		explain(argc > 1 ? argv[1] : "manifest.yaml", requests);
	} catch (const std::exception &failure) {
		std::cerr << "explain: " << failure.what() << '\n';
		return 1;
	}
}
