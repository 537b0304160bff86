<?php
/*
 * Must-use plugin: no request and no mail leaves this site. The option "shut_surfaces"
 * names ways in that are shut, each in a manner that real sites use.
 */
add_filter(
	'pre_http_request',
	function () {
		return new WP_Error( 'http_request_blocked', 'This site asks nobody.' );
	}
);

if ( ! function_exists( 'wp_mail' ) ) {
	function wp_mail() {
		return true;
	}
}

function is_shut( $surface ) {
	return in_array( $surface, (array) get_option( 'shut_surfaces', array() ), true );
}

/* Privacy plugins: the API answers those who are logged in. */
add_filter(
	'rest_authentication_errors',
	function ( $result ) {
		return is_shut( 'rest' ) ? new WP_Error( 'rest_not_logged_in', 'You are not currently logged in.', array( 'status' => 401 ) ) : $result;
	}
);

/* "Disable feeds": every feed is an error page. */
foreach ( array( 'do_feed', 'do_feed_rdf', 'do_feed_rss', 'do_feed_rss2', 'do_feed_atom' ) as $feed ) {
	add_action(
		$feed,
		function () {
			if ( is_shut( 'feed' ) ) {
				wp_die( 'No feed available.', '', array( 'response' => 403 ) );
			}
		},
		1
	);
}

add_filter( 'wp_sitemaps_enabled', fn( $enabled ) => $enabled && ! is_shut( 'sitemap' ) );

/* WordPress before 5.7 knows no modified_after: parameters that are not registered are ignored. */
add_filter(
	'rest_post_collection_params',
	function ( $params ) {
		if ( is_shut( 'modified_after' ) ) {
			unset( $params['modified_after'], $params['modified_before'] );
		}
		return $params;
	}
);
